/** @file What went wrong, in a sentence, with the ways on. */
import { fill, h } from '../dom.ts'
import type { Explorer, State } from '../explorer.ts'
import { text } from '../text/index.ts'

export function makeFault(explorer: Explorer): HTMLElement {
  const fault = h('div', { className: 'fault', role: 'alert', hidden: true })
  explorer.watch(['fault', 'failed'], (state) => {
    const { fault: message } = state
    fault.hidden = message === undefined
    fill(fault, ...(message === undefined ? [] : [h('p', {}, sentencesOf(state).join(' ')), h('p', {}, ...waysOn(explorer, state))]))
  })
  return fault
}

function sentencesOf({ fault, failed, opened }: State): string[] {
  const { stays, gone } = text.status.fault
  const said = [fault!]
  if (failed?.kind === 'gone') said.unshift(gone)
  if (failed?.step === 'open' && failed.kind === 'wrong' && opened) said.push(stays)
  return said
}

function waysOn(explorer: Explorer, { failed, backend, model }: State): HTMLElement[] {
  const { other, cpu, auto, dismiss } = text.status.fault
  const button = (label: string, onclick: () => void) => h('button', { type: 'button', onclick }, label)
  const close = button(dismiss, () => explorer.dismiss())
  const chooseOther = button(other, () => {
    explorer.dismiss()
    explorer.set({ panel: 'try' })
    document.getElementById('tab-try')?.focus()
  })
  if (failed?.kind === 'wrong' && ['open', 'sample'].includes(failed.step)) return [chooseOther, close]
  const again = button(text.status.again, () => explorer.again())
  // What the graphics card cannot do the CPU may.
  const onCpu = button(cpu, () => explorer.set({ backend: 'cpu' }))
  const onAny = button(auto, () => explorer.set({ backend: 'auto' }))
  if (failed?.step === 'load') return backend === 'webgpu' ? [onAny, again] : [again]
  return model?.backend === 'webgpu' || backend !== 'cpu' ? [again, onCpu, close] : [again, close]
}
