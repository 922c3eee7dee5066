/** @file The panel Use: say what is meant, correct it, take it along. */
import { fill, h } from '../dom.ts'
import { text } from '../text/index.ts'
import type { MakePanel } from './panel.ts'
import { makeCopies } from './use/copies.ts'
import { Editor } from './use/editor.ts'
import { makeExport } from './use/export.ts'
import { paintMarks } from './use/marks.ts'
import { makeTools } from './use/tools.ts'
import { makeWords } from './use/words.ts'

export const makePanel: MakePanel = ({ explorer, stage }) => {
  const editor = new Editor(explorer)
  const tools = makeTools(editor, stage)
  const empty = h('p', {}, text.use.empty)
  const content = h('div', {}, tools.element, makeWords(explorer), makeExport(explorer), makeCopies(explorer))
  const element = h('div', { className: 'use' }, empty)
  explorer.watch(['looked'], ({ looked }) => fill(element, looked ? content : empty))
  let isOpen = false
  const repaint = () => {
    if (isOpen) paintMarks(stage, explorer.value.question.foreground)
  }
  explorer.watch(['question', 'looked'], repaint)
  const shortcut = (event: KeyboardEvent) => {
    const name = event.key.toLowerCase()
    if (!(event.ctrlKey || event.metaKey) || event.target instanceof HTMLInputElement) return
    if (name === 'z' && !event.shiftKey) editor.undo()
    else if (name === 'y' || name === 'z') editor.redo()
    else return
    event.preventDefault()
  }
  return {
    element,
    open() {
      isOpen = true
      tools.take()
      repaint()
      addEventListener('keydown', shortcut)
    },
    close() {
      isOpen = false
      stage.clear('marks')
      removeEventListener('keydown', shortcut)
    },
  }
}
