/** @file The tools: what a press on the picture does. */
import { h } from '../../dom.ts'
import type { Point, Tool } from '../../stage/points.ts'
import type { Stage } from '../../stage/stage.ts'
import type { Stroke } from '../../strokes.ts'
import { text } from '../../text/index.ts'
import type { Editor } from './editor.ts'
import { ruleOf, withBox, withClick } from './hints.ts'
import { brushRing, frame, paintMarks, trail } from './marks.ts'

const TOOLS = ['inside', 'outside', 'box', 'paint', 'erase'] as const
type ToolName = (typeof TOOLS)[number]

/** The smallest and the largest brush, as shares of the picture's shorter side. */
const [THINNEST, THICKEST] = [0.005, 0.12]

/** Screen pixels within which a click means a mark that is there. */
const NEAR = 9

export interface Tools {
  element: HTMLElement
  /** Gives the chosen tool to the stage. */
  take(): void
}

export function makeTools(editor: Editor, stage: Stage): Tools {
  let chosen: ToolName = 'inside'
  const words = text.use
  const size = h('input', { type: 'range', min: '0', max: '1', step: '0.02', value: '0.3', id: 'brush-size' })
  const radius = () => THINNEST * (THICKEST / THINNEST) ** Number(size.value) * Math.min(stage.width, stage.height)
  const take = () => {
    stage.tool = toolOf(chosen, editor, stage, radius)
  }
  const radios = TOOLS.map((name) => {
    const radio = h('input', { type: 'radio', name: 'tool', id: `tool-${name}`, checked: name === chosen })
    radio.addEventListener('change', () => {
      chosen = name
      take()
    })
    return h('label', { className: 'choice' }, radio, ` ${words.tools[name]}`)
  })
  const button = (label: string, onclick: () => void) => h('button', { type: 'button', onclick }, label)
  const undo = button(words.undo, () => editor.undo())
  const redo = button(words.redo, () => editor.redo())
  const clear = button(words.clear, () => editor.clear())
  const follow = () => {
    undo.disabled = !editor.canUndo
    redo.disabled = !editor.canRedo
  }
  editor.onChange(follow)
  follow()
  const element = h(
    'section',
    {},
    h('fieldset', { className: 'tools' }, h('legend', {}, words.pressing), ...radios),
    h('p', { className: 'hint' }, words.pressingHint),
    h('p', { className: 'brush' }, h('label', { htmlFor: 'brush-size' }, words.brush), size),
    h('p', { className: 'buttons' }, undo, redo, clear),
  )
  return { element, take }
}

function toolOf(name: ToolName, editor: Editor, stage: Stage, radius: () => number): Tool {
  if (name === 'box') return boxTool(editor, stage)
  if (name === 'paint' || name === 'erase') return brushTool(name === 'paint', editor, stage, radius)
  return {
    press(at, { secondary }) {
      const near = (NEAR * stage.width) / Math.max(1, stage.canvases.marks.clientWidth)
      editor.point(withClick(editor.hints, at, (name === 'outside') !== secondary ? 'background' : 'points', near))
    },
  }
}

/** From corner to corner by dragging; by keyboard, Enter sets one corner and then the other. */
function boxTool(editor: Editor, stage: Stage): Tool {
  let corner: Point | undefined
  let byKey = false
  const repaint = (to?: Point) => {
    paintMarks(stage, ruleOf(editor.hints))
    if (corner && to) frame(stage, corner, to)
  }
  return {
    hover: (at) => {
      if (corner) repaint(at)
    },
    press(at, { key }) {
      if (key && corner) return
      corner = at
      byKey = key
    },
    drag: repaint,
    release(at) {
      if (!corner || (byKey && at.x === corner.x && at.y === corner.y)) return
      const hints = withBox(editor.hints, corner, at)
      corner = undefined
      editor.point(hints)
      repaint()
    },
  }
}

function brushTool(adds: boolean, editor: Editor, stage: Stage, radius: () => number): Tool {
  let stroke: Stroke | undefined
  const repaint = (at: Point | undefined) => {
    paintMarks(stage, ruleOf(editor.hints))
    if (stroke) trail(stage, stroke)
    if (at) brushRing(stage, at, radius())
  }
  const extend = ({ x, y }: Point) => {
    stroke = { adds, radius: radius(), way: [...(stroke?.way ?? []), [x, y]] }
  }
  return {
    cursor: 'none',
    hover: repaint,
    press(at) {
      stroke = undefined
      extend(at)
      repaint(at)
    },
    drag(at) {
      extend(at)
      repaint(at)
    },
    release(at) {
      if (!stroke) return
      const done = stroke
      stroke = undefined
      editor.stroke(done)
      repaint(at)
    },
  }
}
