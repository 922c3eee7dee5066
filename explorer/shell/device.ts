/** @file Which device the network runs on, why, and how to choose another. */
import { fill, h } from '../dom.ts'
import type { ModelInfo } from '../engine/calls.ts'
import type { Explorer } from '../explorer.ts'
import type { Settings } from '../settings.ts'
import { text } from '../text/index.ts'

export function makeDevice(explorer: Explorer): HTMLElement {
  const { label, kinds, memory } = text.status.device
  const options = Object.entries(kinds).map(([value, name]) => h('option', { value }, name))
  const choice = h('select', { id: 'backend' }, ...options)
  choice.addEventListener('change', () => explorer.set({ backend: choice.value as Settings['backend'] }))
  explorer.watch(['backend'], ({ backend }) => {
    choice.value = backend
  })
  const sentence = h('span', { className: 'device-said' })
  const used = h('span', { className: 'memory' })
  const offline = h('span', { hidden: true }, text.status.offline.kept)
  explorer.watch(['offline'], ({ offline: kept }) => {
    offline.hidden = !kept
  })
  explorer.watch(['model'], ({ model }) => {
    fill(sentence, model ? said(model) : text.status.loading)
    fill(used)
  })
  explorer.watch(['result'], async ({ result }) => {
    if (!result) return
    const answer = await explorer.engine.ask('memory', {}).catch(() => undefined)
    if (!answer) return
    used.dataset['bytes'] = `${answer.live}`
    fill(used, memory(answer.live))
  })
  return h('p', { className: 'device' }, h('label', { htmlFor: 'backend' }, label), ' ', choice, ' ', sentence, ' ', used, ' ', offline)
}

function said({ label, backend, description, threads, reason, adapter, isolated, notes }: ModelInfo): string {
  const { webgpu, cpu, reasons, threadsOff, model } = text.status.device
  const device = backend === 'webgpu' ? webgpu(description) : cpu(threads)
  const why = reasons[reason](adapter)
  const threading = backend === 'cpu' && !isolated ? [threadsOff] : []
  return `${[`${device} (${why})`, ...threading, ...notes, model(label)].join(' · ')}.`
}
