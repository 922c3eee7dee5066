/** @file The panel that a visitor meets first: pictures to try. */
import { h } from '../dom.ts'
import type { MakePanel } from './panel.ts'

export const makePanel: MakePanel = ({ explorer }) => {
  const chooser = h('input', { type: 'file', id: 'file' })
  chooser.addEventListener('change', () => {
    const [file] = chooser.files ?? []
    if (file) explorer.set({ picture: { name: file.name, bytes: file } })
  })
  return { element: h('div', {}, h('label', { htmlFor: 'file' }, 'Picture '), chooser) }
}
