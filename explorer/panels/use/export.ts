/** @file Files to take along: the same that the command line saves. */
import { defaultOutputs, outputs } from 'adzus'
import { h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { withStrokes } from '../../strokes.ts'
import { text } from '../../text/index.ts'
import { download } from './download.ts'

export function makeExport(explorer: Explorer): HTMLElement {
  const words = text.use
  const boxes = outputs.map((output) => {
    const box = h('input', { type: 'checkbox', id: `save-${output.name}`, checked: defaultOutputs.includes(output) })
    return {
      output,
      box,
      label: h('label', { className: 'choice', title: output.help }, box, ` ${output.name} `, h('small', {}, output.help)),
    }
  })
  const said = h('p', { role: 'status' })
  const button = h('button', { type: 'button', className: 'main' }, words.download)
  button.addEventListener('click', async () => {
    const { looked, picture, question, result, strokes } = explorer.value
    const save = boxes.filter(({ box }) => box.checked).map(({ output }) => output.name)
    if (!looked || !picture || !result) return
    button.disabled = true
    said.textContent = words.preparing
    try {
      const mask = strokes.length > 0 ? withStrokes(result.mask as Uint8Array<ArrayBuffer>, result.width, strokes) : undefined
      const ask = { view: looked.view, question, picture: picture.bytes, name: picture.name, save, mask }
      const { name, bytes } = await explorer.engine.ask('export', ask)
      download(name, bytes)
      said.textContent = words.saved(name, bytes.length)
    } catch (error) {
      said.textContent = error instanceof Error ? error.message : String(error)
    } finally {
      button.disabled = false
    }
  })
  explorer.watch(['result'], ({ result }) => {
    button.disabled = !result
  })
  return h(
    'section',
    {},
    h('h2', {}, words.export),
    h('fieldset', { className: 'outputs' }, h('legend', { className: 'only-read' }, words.export), ...boxes.map(({ label }) => label)),
    h('p', {}, button),
    said,
  )
}
