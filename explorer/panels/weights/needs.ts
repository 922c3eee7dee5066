/** @file What a network needs, as a table and in one sentence. */
import { h } from '../../dom.ts'
import type { ModelInfo, ModelNeeds, OwnSource } from '../../engine/calls.ts'
import { text } from '../../text/index.ts'

/** Without a graphics card, networks with more weights take minutes for a picture. */
const SLOW = 400 * 2 ** 20

/** What a source is called. */
export function nameOf(source: OwnSource): string {
  return source.kind === 'hub' ? source.id : source.files[0].path.split('/')[0]
}

/** Whether a network can be loaded, and what to know before. */
export function verdictOf(
  { misfit, peak, machine, weights }: ModelNeeds,
  model: ModelInfo | undefined,
): { isPossible: boolean; words: string } {
  const say = text.weights
  if (misfit) return { isPossible: false, words: say.misfit(misfit.got, misfit.expected) }
  const notes = [
    machine !== undefined && peak > machine ? say.tight(bytesText(machine)) : say.fits,
    model?.backend === 'cpu' && weights > SLOW && say.slow,
  ]
  return { isPossible: true, words: notes.filter(Boolean).join(' ') }
}

export function needsTable(needs: ModelNeeds, source: OwnSource): HTMLTableElement {
  const { weights } = text
  const { weights: onDevice, peak, largest, files, size, addressable, largestPossible, machine } = needs
  const most = addressable ?? machine
  const rows: [string, string, string][] = [
    [source.kind === 'hub' ? weights.download : weights.onDisk, bytesText(files), ''],
    [weights.onDevice, bytesText(onDevice), ''],
    [
      weights.peak(...size),
      bytesText(peak),
      most === undefined ? weights.notTold : addressable ? bytesText(most) : weights.orMore(bytesText(most)),
    ],
    [weights.largest(largest.label), bytesText(largest.bytes), bytesText(largestPossible)],
  ]
  const head = [h('td'), ...[weights.needs, weights.has].map((name) => h('th', { scope: 'col' }, name))]
  const body = rows.map(([name, ...cells]) => h('tr', {}, h('th', { scope: 'row' }, name), ...cells.map((cell) => h('td', {}, cell))))
  return h('table', { className: 'needs' }, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...body))
}

/** Bytes as people read them. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  for (; bytes >= 1000 && unit < units.length - 1; unit++) bytes /= 1024
  return `${unit === 0 || bytes >= 100 ? Math.round(bytes) : bytes.toPrecision(2)}\u00a0${units[unit]}`
}
