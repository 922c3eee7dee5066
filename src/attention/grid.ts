/**
 * @file The grid on which attention of all resolutions is joined, and what a map of all its cells
 * to all its cells takes.
 */
import { check } from '../errors.ts'
import { memorySize } from '../messages.ts'
import type { Grid } from '../tensor/index.ts'
import type { AttentionLayer } from '../unet/taps.ts'

/**
 * Beyond this size an aggregated map, and what its merging takes besides, would fill most machines.
 */
const MAX_MAP_BYTES = 4 * 2 ** 30

interface Wanted {
  /** Of the network's picture, in pixels. */
  size: readonly [width: number, height: number]
  /** The longer side in cells; null for the finest self-attention. */
  grid: number | null
}

/**
 * Where proposals and anchors live: the finest grid that has self-attention, whatever is selected,
 * or a finer one on request.
 * @param cell pixels of a latent cell
 */
export function baseGrid(layers: readonly AttentionLayer[], { size, grid: wanted }: Wanted, cell: number): Grid {
  const grids = layers.filter((l) => l.kind === 'self').map((l) => l.grid)
  const finest = grids.reduce((a, b) => (b.h * b.w > a.h * a.w ? b : a))
  const [least, most] = [Math.max(finest.h, finest.w), Math.max(...size) / cell]
  check(wanted === null || (Number.isInteger(wanted) && wanted >= least && wanted <= most), () => ({
    what: 'options',
    where: 'grid',
    expected: `a whole number from ${least}, the finest self-attention, to ${most}, the latent's side`,
    got: `${wanted}`,
  }))
  const scaled = (side: number) => Math.max(1, Math.round((side * (wanted ?? least)) / least))
  const base = { h: scaled(finest.h), w: scaled(finest.w) }
  const bytes = mapBytes(base)
  check(bytes <= MAX_MAP_BYTES, () => ({
    what: 'options',
    where: `size ${size.join(' × ')}`,
    expected: `an aggregated map of at most ${memorySize(MAX_MAP_BYTES)}`,
    got: `${memorySize(bytes)} for ${base.h} × ${base.w} cells`,
    hint: wanted === null ? 'Choose a smaller size.' : 'Choose a coarser grid.',
  }))
  return base
}

/**
 * What to say beforehand of an aggregated map that a device cannot hold in one piece; nothing where
 * it can.
 */
export function bandsNote({ h, w }: Grid, maxTensorBytes: number): string | undefined {
  const bytes = mapBytes({ h, w })
  if (bytes <= maxTensorBytes) return undefined
  const bands = Math.ceil(h / Math.max(1, Math.floor(maxTensorBytes / (4 * w * h * w))))
  return `the aggregated map of ${h} × ${w} cells takes ${memorySize(bytes)}, in ${bands} bands: the device binds at most ${memorySize(maxTensorBytes)} at once`
}

const mapBytes = ({ h, w }: Grid) => 4 * (h * w) ** 2
