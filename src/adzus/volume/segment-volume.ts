/**
 * @file A volume, slice by slice through the network. A slice at a time is in the device's memory;
 * on the host there are the labels and the mask of the whole volume, three bytes a voxel.
 */

import { check } from '../../errors.ts'
import { blankness } from '../../image/blank.ts'
import { displayed, pictureErrors } from '../../image/decode.ts'
import { turnSamples } from '../../image/orientation.ts'
import type { Pixels } from '../../image/raster.ts'
import type { Volume } from '../../image/volume.ts'
import type { ForegroundRule } from '../foreground.ts'
import type { LazyImage, ManyOptions } from '../many.ts'
import type { Parameters } from '../options.ts'
import type { Segmentation } from '../segmentation.ts'
import { repairAlong, voteBySegments, votesOf } from './foreground.ts'
import { measureVolume } from './measure.ts'
import { usualCut, type VolumeOptions, type VolumeParameters, volumeOptions } from './options.ts'
import { putSlice, type Slicing, seenSlice, slicingOf, storedSlice, takeSlice } from './slicing.ts'
import { fillSlices, LabelStack } from './stack.ts'
import type { VolumePreview, VolumeSegmentation } from './volume-result.ts'
import { commonWindow, sampled } from './window.ts'

/** Voxels of the largest volume: labels and mask are 3 bytes each. */
const MOST_VOXELS = 2 ** 31
const MOST_NOTES = 8

/** What segments pictures one after another (`Adzus`). */
interface Segmenter {
  parameters(options: Omit<ManyOptions, 'batch' | 'onProgress'>): Parameters
  segmentAll(
    images: AsyncIterable<LazyImage> | Iterable<LazyImage>,
    settings: ManyOptions,
  ): AsyncGenerator<PromiseSettledResult<Segmentation>>
}

/** What has been found in the slices so far. */
interface Found {
  labels: LabelStack
  objects?: LabelStack
  mask: Uint8Array
  notes: string[]
  timings: Record<string, number>
  peakBytes: number
  beyond: number
}

/**
 * The options of a volume with all defaults; of objects `auto` is `none`, since whether there are
 * many must not change from slice to slice.
 */
export function volumeParameters(adzus: Segmenter, volume: Volume, options: VolumeOptions): VolumeParameters {
  const { own, each } = volumeOptions(options)
  const { batch: _, ...picture } = each
  const parameters = adzus.parameters(picture)
  const objects = parameters.objects === 'many' ? 'many' : 'none'
  return { ...parameters, objects, slices: own.slices ?? usualCut(volume), every: own.every }
}

/** Segments a volume; see `Adzus.segmentVolume`. */
export async function segmentVolume(adzus: Segmenter, volume: Volume, options: VolumeOptions): Promise<VolumeSegmentation> {
  const { own, each } = volumeOptions(options)
  const { name = 'volume' } = own
  checkVoxels(volume.size, name)
  const parameters = volumeParameters(adzus, volume, options)
  const { size } = volume
  const slicing = slicingOf(volume, parameters.slices)
  const seen = (index: number) =>
    pictureErrors(`${name}, slice ${index + 1}`, async () => seenSlice(await volume.slice(slicing.axis, index), slicing))
  const window = await windowOf(slicing.count, seen, parameters)
  const indices = everyNth(slicing.count, parameters.every)
  const found: Found = {
    labels: new LabelStack(size, slicing),
    mask: new Uint8Array(size[0] * size[1] * size[2]),
    objects: parameters.objects === 'many' ? new LabelStack(size, slicing) : undefined,
    notes: [...volume.notes],
    timings: {},
    peakBytes: 0,
    beyond: 0,
  }
  const images = indices.map((index) => ({ name: `${name}, slice ${index + 1}`, read: async () => pixelsOf(await seen(index)) }))
  const settings = { ...each, objects: parameters.objects, window }
  const onProgress = (stage: string, at: number) => own.onProgress?.(stage, indices[at], indices.length)
  await collect(adzus.segmentAll(images, { ...settings, onProgress }), indices, size, slicing, found)
  options.signal?.throwIfAborted()
  const start = performance.now()
  const joined = join(found, parameters, size, slicing)
  const preview = await previewOf(found, size, slicing, async (index) => displayed(await seen(index), { window }))
  const segments = measureVolume(found.labels.voxels, found.mask, joined.count, volume, slicing)
  const objects = found.objects && {
    labels: found.objects.voxels,
    list: measureVolume(found.objects.voxels, found.mask, joined.objects, volume, slicing),
  }
  if (!found.mask.includes(255)) found.notes.push('nothing stands out: the mask is empty')
  if (joined.beyond > 0) found.notes.push(`${joined.beyond} of its segments, the smallest, are left out: 16 bits number no more`)
  const timings = { ...found.timings, join: performance.now() - start }
  const total = Object.values(timings).reduce((a, b) => a + b, 0)
  const { spacing, affine, origin } = volume
  return {
    size,
    spacing,
    affine,
    labels: found.labels.voxels,
    mask: found.mask,
    segments,
    ...(objects && { objects: { ...objects, count: objects.list.length } }),
    window,
    parameters,
    slices: { count: slicing.count, segmented: found.labels.indices },
    preview,
    timings: { ...timings, total },
    peakBytes: found.peakBytes,
    notes: found.notes,
    origin,
  }
}

function checkVoxels(size: Volume['size'], where: string): void {
  const voxels = size[0] * size[1] * size[2]
  check(size.every((n) => Number.isInteger(n) && n > 0) && voxels <= MOST_VOXELS, () => ({
    what: 'volume: size',
    where,
    expected: 'one voxel or more along each axis, and at most 2^31 of them',
    got: size.join(' × '),
  }))
}

/** Every so manieth slice, and the last one. */
export function everyNth(count: number, every: number): number[] {
  const indices = Array.from({ length: Math.ceil(count / every) }, (_, n) => n * every)
  return indices.at(-1) === count - 1 ? indices : [...indices, count - 1]
}

/** Slices that cannot be read are left out, unless none can. */
async function windowOf(count: number, seen: (index: number) => ReturnType<Volume['slice']>, { window }: Parameters) {
  const slices = await Promise.allSettled(sampled(count).map(seen))
  const there = slices.flatMap((slice) => (slice.status === 'fulfilled' ? [slice.value] : []))
  if (there.length === 0) throw (slices[0] as PromiseRejectedResult).reason
  return commonWindow(there, window)
}

function pixelsOf({ width, height, data, spacing }: Awaited<ReturnType<Volume['slice']>>): Pixels {
  return { width, height, data, spacing }
}

/** Takes the slices' results as they come. */
async function collect(
  results: AsyncIterable<PromiseSettledResult<Segmentation>>,
  indices: readonly number[],
  size: Volume['size'],
  slicing: Slicing,
  found: Found,
): Promise<void> {
  const failures: { index: number; reason: Error }[] = []
  const said = new Map<string, number>()
  let at = 0
  for await (const result of results) {
    const index = indices[at++]
    if (result.status === 'rejected') {
      failures.push({ index, reason: result.reason })
      continue
    }
    const { labels, mask, objects, image, notes, timings, peakBytes } = result.value
    const blank = blankness(image) !== undefined
    const stored = (data: Uint8Array | Uint16Array) => storedSlice(data, slicing)
    found.labels.add(index, blank ? new Uint8Array(labels.length).fill(1) : stored(labels))
    if (found.objects) found.objects.add(index, objects ? stored(objects.labels) : new Uint8Array(labels.length))
    putSlice(found.mask, size, slicing, index, stored(mask))
    for (const [stage, ms] of Object.entries(timings)) if (stage !== 'total') found.timings[stage] = (found.timings[stage] ?? 0) + ms
    found.peakBytes = Math.max(found.peakBytes, peakBytes)
    if (!blank) for (const note of notes) if (!note.endsWith('the mask is empty')) said.set(note, (said.get(note) ?? 0) + 1)
  }
  if (found.labels.indices.length === 0) throw failures[0].reason
  for (const [note, count] of [...said].slice(0, MOST_NOTES)) found.notes.push(count === 1 ? note : `${note} (${count} slices)`)
  for (const { index, reason } of failures.slice(0, MOST_NOTES))
    found.notes.push(`its slice ${index + 1} is interpolated, since it could not be segmented: ${reason.message}`)
  if (failures.length > MOST_NOTES) found.notes.push(`and ${failures.length - MOST_NOTES} more slices like that`)
}

/** One number for each thing, one foreground, and all slices. */
function join(
  found: Found,
  parameters: VolumeParameters,
  size: Volume['size'],
  slicing: Slicing,
): { count: number; objects: number; beyond: number } {
  const place = { size, slicing }
  const { labels, objects, mask } = found
  const { count, beyond } = labels.join()
  const many = objects?.join()
  if (objects) {
    fillSlices(objects.voxels, place, objects.indices)
    for (let v = 0; v < mask.length; v++) mask[v] = objects.voxels[v] === 0 ? 0 : 255
  } else if (takesSegments(parameters)) {
    // Where nothing was segmented yet the number is 0, which has no vote.
    voteBySegments(labels.voxels, mask, votesOf(labels.voxels, mask, count))
  } else {
    const astray = repairAlong(mask, place, labels.indices)
    if (astray.length > 0) found.notes.push(`the mask of ${slicesText(astray)} is interpolated: the network saw something else there`)
  }
  fillSlices(labels.voxels, place, labels.indices)
  if (!objects) fillSlices(mask, place, labels.indices)
  return { count, objects: many?.count ?? 0, beyond: beyond + (many?.beyond ?? 0) }
}

/** The first of some slices, and how many more there are. */
function slicesText([first, ...more]: readonly number[]): string {
  return more.length > 0 ? `its slice ${first + 1} and of ${more.length} more` : `its slice ${first + 1}`
}

/** Whether a rule chooses whole segments, rather than an outline of its own. */
function takesSegments({ foreground, wholeSegments }: { foreground: ForegroundRule; wholeSegments: boolean }): boolean {
  return foreground !== 'auto' && (typeof foreground !== 'object' || wholeSegments)
}

/**
 * The slice with the most foreground among those that were segmented; the middle one without any.
 */
async function previewOf(
  { labels, mask }: Found,
  size: Volume['size'],
  slicing: Slicing,
  shown: (index: number) => Promise<VolumePreview['image']>,
): Promise<VolumePreview> {
  const { indices } = labels
  let index = indices[Math.floor(indices.length / 2)]
  let most = 0
  for (const at of indices) {
    const inside = takeSlice(mask, size, slicing, at).reduce((sum, value) => sum + Number(value !== 0), 0)
    if (inside > most) [index, most] = [at, inside]
  }
  const { width, height, orientation } = slicing
  const asSeen = <Data extends Uint8Array | Uint16Array>(voxels: Data) =>
    turnSamples({ width, height, channels: 1, data: takeSlice(voxels, size, slicing, index) }, orientation).data
  return { index, image: await shown(index), labels: asSeen(labels.voxels), mask: asSeen(mask) }
}
