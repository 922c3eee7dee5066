/** @file The samples as cards. */
import { h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { SAMPLES, sampleAddress } from '../../samples.ts'
import { text } from '../../text/index.ts'

export function makeCards(explorer: Explorer): HTMLElement {
  const cards = SAMPLES.map((name) => {
    const { name: domain, line } = text.try.domains[name]
    const picture = h('img', { src: sampleAddress(name), alt: '', width: 96, height: 96, decoding: 'async' })
    const said = h('span', {}, h('strong', {}, domain), h('span', {}, line))
    return h('button', { type: 'button', className: 'card', onclick: () => explorer.set({ sample: name, panel: 'try' }) }, picture, said)
  })
  explorer.watch(['sample'], ({ sample }) => {
    for (const [i, card] of cards.entries()) card.setAttribute('aria-pressed', String(SAMPLES[i] === sample))
  })
  const licences = h('p', { className: 'small' }, h('a', { href: './samples/LICENSES.md' }, text.try.licences))
  const list = h('ul', { className: 'cards' }, ...cards.map((card) => h('li', {}, card)))
  return h('section', { 'aria-labelledby': 'samples' }, h('h2', { id: 'samples' }, text.try.samples), list, licences)
}
