/** @file The words that the network is told when it looks, where it knows words. */
import { h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { text } from '../../text/index.ts'

export function makePrompt(explorer: Explorer): HTMLElement {
  const { look } = text
  const input = h('input', { type: 'text', id: 'look-prompt', placeholder: look.promptExample })
  const form = h(
    'form',
    { className: 'prompt' },
    h('label', { htmlFor: 'look-prompt' }, look.prompt),
    input,
    h('button', { type: 'submit' }, look.lookAgain),
  )
  const none = h(
    'p',
    {},
    `${look.noWords} `,
    h('button', { type: 'button', onclick: () => explorer.set({ panel: 'weights' }) }, look.toWeights),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const { prompt: _, ...options } = explorer.value.look
    const prompt = input.value.trim()
    explorer.set({ look: prompt === '' ? options : { ...options, prompt } })
  })
  explorer.watch(['look'], ({ look: { prompt } }) => {
    input.value = prompt ?? ''
  })
  explorer.watch(['model'], ({ model }) => {
    form.hidden = !model?.knowsWords
    none.hidden = !model || model.knowsWords
  })
  return h('div', {}, form, none)
}
