/** @file A picture of one's own: a file, or a photo. Dropping and pasting work on the whole page. */
import { fill, h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { takeFiles } from '../../shell/take-files.ts'
import { text } from '../../text/index.ts'
import { takePhoto } from './camera.ts'

export function makeOwn(explorer: Explorer): HTMLElement {
  const { own, file, photo, drop, formats } = text.try
  const chooser = h('input', { type: 'file', id: 'file', multiple: true, className: 'only-read', tabIndex: -1, 'aria-label': file })
  chooser.addEventListener('change', () => {
    const files = [...(chooser.files ?? [])]
    // The same file may be chosen again.
    chooser.value = ''
    if (files.length > 0) takeFiles(explorer, files)
  })
  const known = h('p', { className: 'small' })
  // The worker knows; until then any file may be chosen, and so it may where there is no worker.
  explorer.watch(['model'], async ({ model }) => {
    if (!model || chooser.accept) return
    const answer = await explorer.engine.ask('formats', {}).catch(() => undefined)
    if (!answer) return
    chooser.accept = ['image/*', ...answer.extensions.map((extension) => `.${extension}`)].join(',')
    fill(known, formats(answer.names))
  })
  const said = h('p', { role: 'status', className: 'small' })
  const shoot = async () => {
    fill(said)
    const taken = await takePhoto()
    if (typeof taken === 'string') fill(said, taken)
    else if (taken) explorer.choose({ name: `${text.try.camera.name}.png`, bytes: taken })
  }
  const buttons = h(
    'p',
    { className: 'row' },
    h('button', { type: 'button', className: 'main', onclick: () => chooser.click() }, file),
    h('button', { type: 'button', onclick: () => void shoot() }, photo),
  )
  return h('section', { 'aria-labelledby': 'own' }, h('h2', { id: 'own' }, own), buttons, chooser, said, h('p', {}, drop), known)
}
