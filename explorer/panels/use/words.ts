/** @file Looking for words, where the network knows some. */
import { h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { text } from '../../text/index.ts'

export function makeWords(explorer: Explorer): HTMLElement {
  const words = text.use
  const input = h('input', { type: 'text', id: 'words', placeholder: words.wordsExample })
  const form = h(
    'form',
    { className: 'words' },
    h('label', { htmlFor: 'words' }, words.words),
    input,
    h('button', { type: 'submit' }, words.find),
  )
  const none = h('p', { className: 'hint' }, words.noWords)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const prompt = input.value.trim()
    const { prompt: _, ...look } = explorer.value.look
    const { foreground: __, ...question } = explorer.value.question
    // The network looks once more, with the words.
    explorer.set(prompt === '' ? { look, question } : { look: { ...look, prompt }, question: { ...question, foreground: 'text' } })
  })
  explorer.watch(['look'], ({ look }) => {
    input.value = look.prompt ?? ''
  })
  explorer.watch(['model'], ({ model }) => {
    form.hidden = !model?.knowsWords
    none.hidden = !model || model.knowsWords
  })
  return h('section', {}, form, none)
}
