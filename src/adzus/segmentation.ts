/** @file From the attention of one picture to its segments: aggregation, merging, labels, foreground. */

import { aggregate } from '../attention/aggregate.ts'
import type { BandedMap } from '../attention/banded-map.ts'
import { checkFinite, finiteLater, firstColumn, type Source } from '../attention/finite.ts'
import { segmentHeat } from '../attention/text-relevance.ts'
import { merge } from '../grouping/diffseg/merge.ts'
import { refine } from '../grouping/diffseg/refine.ts'
import { labelPixels } from '../grouping/label-pixels.ts'
import { blankness } from '../image/blank.ts'
import type { RgbRaster } from '../image/raster.ts'
import type { Backend, Grid, Tensor } from '../tensor/index.ts'
import { chooseForeground, type Foreground, type Labelled, maskOf } from './foreground.ts'
import type { Seen } from './look.ts'
import type { Parameters } from './options.ts'
import type { Picture } from './picture.ts'
import { autoMask } from './prominence.ts'
import { consecutive, markForeground, measure, type Segment } from './segments.ts'
import type { Stages } from './stages.ts'

export interface Segmentation {
  /** Size of the input, and of `labels` and `mask`. */
  width: number
  height: number
  /** Row-major, 1 … number of segments; 8 bits where there are fewer than 256. */
  labels: Uint8Array | Uint16Array
  /** 255 in the foreground, else 0. */
  mask: Uint8Array
  segments: Segment[]
  parameters: Parameters
  /** Milliseconds of each stage and of all (`total`); of what a batch does at once, an equal share. */
  timings: Record<string, number>
  /** Highest device memory in use by tensors, weights and the whole batch included, in bytes. */
  peakBytes: number
  /** The picture as it was decoded. */
  image: RgbRaster
  /** What to know before this result is used: what was wrong with the file although it was read, that nothing stands out. Usually empty. */
  notes: string[]
}

/** What is decided before there is anything to see. */
export interface Settings {
  backend: Backend
  parameters: Parameters
  /** The grid that attention is joined on. */
  grid: Grid
  /** What errors about the attention say of the network that it is from. */
  network: Omit<Source, 'what'>
}

/** Segments one picture by what was seen in it: the maps are disposed, those of the words are not. */
export async function segmentBy(seen: Seen, picture: Omit<Picture, 'values'>, settings: Settings, clock: Stages): Promise<Segmentation> {
  const { map, finite } = await clock.run('aggregate', async () => {
    const map = aggregate(seen.maps, settings.grid)
    return { map, finite: finiteLater(firstColumn(map), { ...settings.network, what: 'the attention' }) }
  })
  try {
    await finite()
    return await segmentMap(map, seen, picture, settings, clock)
  } finally {
    map.dispose()
  }
}

async function segmentMap(
  map: BandedMap,
  { words, context }: Seen,
  { raster, notes }: Omit<Picture, 'values'>,
  { backend, parameters, network }: Settings,
  clock: Stages,
): Promise<Segmentation> {
  const { foreground } = parameters
  const { width, height } = raster
  const proposals = await clock.run('merge', () => proposalsOf(map, parameters))
  const { labels, proposals: winners } = await clock.run('labels', async () =>
    consecutive(await labelPixels(proposals, map.grid, { width, height })),
  )
  proposals.dispose()
  const blank = blankness(raster)
  const { segments, mask } = await clock.run('foreground', async () => {
    const measured = measure(labels, winners.length, raster)
    const heat = words && (await segmentHeat(words, context.words, { labels, width, height, count: winners.length }))
    if (heat) checkFinite(heat, { ...network, what: 'the attention to the words' })
    const known = { labels, width, height, segments: measured, heat }
    const found = blank && seeks(foreground) ? new Uint8Array(labels.length) : await maskBy(foreground, map, known)
    markForeground(measured, labels, found)
    return { segments: measured, mask: found }
  })
  const timings = clock.timings()
  const said = [...notes, ...(mask.includes(255) ? [] : [`${blank ? `${blank}, so ` : ''}nothing stands out: the mask is empty`])]
  return { width, height, labels, mask, segments, parameters, timings, peakBytes: backend.memory.peak, image: raster, notes: said }
}

/** Whether a rule looks for something; the others choose a place, whatever is there. */
function seeks(rule: Foreground): boolean {
  return rule === 'auto' || (typeof rule === 'object' && 'text' in rule)
}

async function maskBy(rule: Foreground, map: BandedMap, known: Labelled): Promise<Uint8Array> {
  return rule === 'auto' ? autoMask(map, known) : maskOf(known.labels, chooseForeground(rule, known))
}

async function proposalsOf(map: BandedMap, { thresholds, anchors, refine: wanted }: Parameters): Promise<Tensor> {
  const proposals = await merge(map, { thresholds, anchors })
  if (!wanted) return proposals
  const refined = await refine(map, proposals)
  proposals.dispose()
  return refined
}
