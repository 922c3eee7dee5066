/** @file Files to take along: the same that the command line saves. */
import { fill, h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { withStrokes } from '../../strokes.ts'
import { text } from '../../text/index.ts'
import { download } from './download.ts'

export function makeExport(explorer: Explorer): HTMLElement {
  const words = text.use
  const choice = h('fieldset', { className: 'outputs' })
  const legend = h('legend', { className: 'only-read' }, words.export)
  const boxes: HTMLInputElement[] = []
  void explorer.engine.ask('outputs', {}).then((outputs) => {
    const labels = outputs.map(({ name, help, byDefault }) => {
      const box = h('input', { type: 'checkbox', id: `save-${name}`, value: name, checked: byDefault })
      boxes.push(box)
      return h('label', { className: 'choice' }, box, ` ${name} `, h('small', {}, help))
    })
    fill(choice, legend, ...labels)
  })
  const said = h('p', { role: 'status' })
  const button = h('button', { type: 'button', className: 'main' }, words.download)
  button.addEventListener('click', async () => {
    const { looked, picture, question, result, strokes } = explorer.value
    const save = boxes.filter(({ checked }) => checked).map(({ value }) => value)
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
  return h('section', {}, h('h2', {}, words.export), choice, h('p', {}, button), said)
}
