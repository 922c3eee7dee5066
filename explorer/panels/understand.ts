/** @file The panel that shows the way from a picture to its mask, stage by stage. */
import { h } from '../dom.ts'
import type { State } from '../explorer.ts'
import { STAGE_NAMES, type StageName, stageNamed } from '../stage-names.ts'
import { text } from '../text/index.ts'
import type { MakePanel } from './panel.ts'
import type { Shown } from './understand/chapter.ts'
import { CHAPTERS } from './understand/chapters.ts'
import { markCell } from './understand/drawing.ts'
import { Material } from './understand/material.ts'
import { cellAt } from './understand/numbers.ts'
import { makeOpenStage } from './understand/open-stage.ts'
import { makeStrip } from './understand/strip.ts'

export const makePanel: MakePanel = ({ explorer, stage }) => {
  const strip = makeStrip((name) => explorer.set({ stage: name }))
  const opened = makeOpenStage()
  /** Of the picture and the answer in sight. */
  let material: Material | undefined
  let shown = new Map<StageName, Promise<Shown>>()
  let follow: Shown['follow']
  /** Ends what an earlier change began. */
  let turn = 0

  const load = (name: StageName) => {
    const loading = shown.get(name) ?? CHAPTERS[name](material!, explorer)
    shown.set(name, loading)
    return loading
  }

  const show = async (state: State) => {
    const mine = ++turn
    const name = stageNamed(state.stage)
    strip.open(name)
    follow = undefined
    if (!renew(state)) {
      opened.show(name, state.picture ? text.understand.waiting : text.understand.nothing)
      return
    }
    // What is known already is shown at once, without a blink.
    if (!shown.has(name)) opened.show(name, text.understand.waiting)
    // The open stage first, then the small pictures of the others.
    for (const one of [name, ...STAGE_NAMES.filter((other) => other !== name)]) {
      const found = await load(one).catch((error: Error) => {
        shown.delete(one)
        return error
      })
      if (mine !== turn) return
      if (found instanceof Error) {
        if (one === name) opened.show(name, found.message)
        continue
      }
      strip.picture(one, found.thumbnail)
      if (one !== name) continue
      opened.show(name, found)
      follow = found.follow
      follow?.()
    }
  }

  /** Takes up another picture or another answer; whether there is one. */
  const renew = ({ looked, result }: State): boolean => {
    if (!looked || !result) {
      material = undefined
      return false
    }
    if (material?.looked === looked && material.result === result) return true
    if (material?.looked !== looked) for (const name of STAGE_NAMES) strip.picture(name, undefined)
    material = new Material(explorer.engine, looked, result, stage)
    shown = new Map()
    return true
  }

  const mark = () => {
    stage.clear('marks')
    if (!material) return
    const { looked, at } = material
    markCell(stage.canvases.marks, cellAt(at, looked, looked.grid), looked.grid)
  }

  const hover = () => {
    mark()
    follow?.()
  }

  let unwatch: (() => void) | undefined
  return {
    element: h('div', { className: 'understand' }, h('p', {}, text.understand.lead), strip.element, opened.element),
    open() {
      stage.tool = { hover, press: hover, drag: hover }
      unwatch = explorer.watch(['looked', 'result', 'stage'], (state) => {
        void show(state)
        mark()
      })
    },
    close() {
      unwatch?.()
      turn++
      stage.clear('marks')
    },
  }
}
