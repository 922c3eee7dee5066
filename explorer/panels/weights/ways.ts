/** @file Where a network may come from: a folder, a single file, or the hub. */
import { h } from '../../dom.ts'
import type { ModelFile, OwnSource } from '../../engine/calls.ts'
import { text } from '../../text/index.ts'

export function makeWays(choose: (source: OwnSource) => void): HTMLElement {
  const { weights } = text
  const folder = h('input', { type: 'file', id: 'weights-folder', webkitdirectory: true, 'aria-describedby': 'weights-folder-hint' })
  const file = h('input', { type: 'file', id: 'weights-file', accept: '.safetensors', 'aria-describedby': 'weights-file-hint' })
  for (const input of [folder, file])
    input.addEventListener('change', () => {
      const files = Array.from(input.files ?? [], (one): ModelFile => ({ path: one.webkitRelativePath || one.name, file: one }))
      if (files.length > 0) choose({ kind: 'files', files })
      // The same one may be chosen again, after it was mended.
      input.value = ''
    })
  const id = h('input', {
    type: 'text',
    id: 'weights-hub',
    placeholder: weights.hubExample,
    spellcheck: false,
    autocapitalize: 'off',
    required: true,
    'aria-describedby': 'weights-hub-hint',
  })
  const hub = h(
    'form',
    { className: 'origin' },
    h('label', { htmlFor: 'weights-hub' }, weights.hub),
    id,
    h('button', { type: 'submit' }, weights.lookUp),
  )
  hub.addEventListener('submit', (event) => {
    event.preventDefault()
    choose({ kind: 'hub', id: id.value.trim() })
  })
  const hint = (name: string, words: string) => h('p', { className: 'hint', id: `weights-${name}-hint` }, words)
  return h(
    'div',
    { className: 'ways' },
    h('div', { className: 'origin' }, h('label', { htmlFor: 'weights-folder' }, weights.folder), folder),
    hint('folder', weights.folderHint),
    h('div', { className: 'origin' }, h('label', { htmlFor: 'weights-file' }, weights.file), file),
    hint('file', weights.fileHint),
    hub,
    hint('hub', weights.hubHint),
  )
}
