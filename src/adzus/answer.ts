/**
 * @file From the attention of one picture to its segments: the stages aggregate, group, label and
 * foreground.
 */
import { aggregate } from '../attention/aggregate.ts'
import type { BandedMap } from '../attention/banded-map.ts'
import { checkFinite, finiteLater, type Source, weightsHint } from '../attention/finite.ts'
import { segmentHeat } from '../attention/text-relevance.ts'
import type { Appearance } from '../foreground/appearance.ts'
import { type Chosen, chooseAuto, type Scores } from '../foreground/auto.ts'
import type { Ground } from '../foreground/clicks/ground.ts'
import { finish } from '../foreground/finish.ts'
import type { Scene } from '../foreground/scene.ts'
import { settledMask } from '../foreground/settled.ts'
import { groupingOf, type Method } from '../grouping/grouping.ts'
import { labelPixels } from '../grouping/label-pixels.ts'
import type { RgbRaster } from '../image/raster.ts'
import { loadPart } from '../part.ts'
import type { Picture as PixelPicture } from '../pixels/picture.ts'
import { release } from '../tensor/index.ts'
import type { AttentionMaps } from './collect-attention.ts'
import { chooseForeground, maskOf, seeks } from './foreground.ts'
import { fractionsNotes } from './hints.ts'
import type { Model } from './model.ts'
import { findObjects, type ObjectQuestion, type ObjectSet, objectNotes, unionOf } from './objects.ts'
import type { Parameters } from './options.ts'
import type { Picture } from './picture.ts'
import { presetNamed } from './presets/index.ts'
import { sceneOf, squareOf } from './scene-of.ts'
import type { Segmentation } from './segmentation.ts'
import { markForeground, regionProperties, relabel, type Segment } from './segments.ts'
import type { RunStage } from './stages.ts'

/** Ends the note of an empty mask. */
export const NOTHING_FOUND = 'nothing stands out: the mask is empty'

/** What does not depend on attention, once it was needed. */
export interface OfPicture {
  /** The picture as the square that masks are found in. */
  square?: PixelPicture
  appearance?: Appearance
}

/** What is known of a picture once the networks are through; `forget` it. */
export interface Sight extends Pick<AttentionMaps, 'words' | 'context'> {
  /** The attention of every cell to every cell. */
  map: BandedMap
  /** What errors about the attention say of the network that it is from. */
  network: Omit<Source, 'what'>
  /** What sights of the same picture have in common. */
  ofPicture: OfPicture
  /**
   * What is known of the picture without a question, once it was needed; and the answer of `auto`.
   */
  scene?: Scene
  auto?: Chosen
  /** The answer of the look's preset. */
  settled?: Uint8Array
  /** That of `auto` or the preset at the picture's own size, which no grouping changes. */
  finished?: { edges: Parameters['edges']; mask: Uint8Array }
  /** What is known before a click, beside the scene. */
  ground?: Ground
}

/** A label map, and what is measured of its segments. */
export interface Grouped {
  labels: Uint8Array | Uint16Array
  segments: Segment[]
}

/**
 * Joins the attention of all resolutions; takes the maps and the words over, also where it fails.
 */
export async function joinAttention(
  model: Model,
  { maps, words, context }: AttentionMaps,
  parameters: Parameters,
  run: RunStage,
): Promise<Sight> {
  const network = networkOf(model)
  let map: BandedMap | undefined
  try {
    const finite = await run('aggregate', async () => {
      map = aggregate(maps, model.baseGrid(parameters), parameters.weights)
      return finiteLater(map.column(0), { ...network, what: 'the attention' })
    })
    await finite()
    return { map: map!, words, context, network, ofPicture: {} }
  } catch (error) {
    release(...(map ? [map] : []), ...words)
    throw error
  }
}

export function forget({ map, words, scene }: Sight): void {
  release(map, ...words)
  scene?.walk.dispose()
}

/**
 * Groups the map, and gives every pixel the segment that is largest there.
 * @param dry there are no numbers to group by: what is computed whatever they are
 */
export async function groupPixels({ map }: Sight, raster: RgbRaster, method: Method, run: RunStage, dry = false): Promise<Grouped> {
  const grouping = groupingOf(method)
  const proposals = await run('group', () => (dry ? grouping.foresee(map, method) : grouping.propose(map, method)))
  return run('label', async () => {
    const { labels, proposals: winners } = relabel(await labelPixels(proposals, map.grid, raster))
    proposals.dispose()
    return { labels, segments: regionProperties(labels, winners.length, raster) }
  })
}

/** The foreground of a picture. */
export interface Found {
  /** 255 in the foreground, else 0. */
  mask: Uint8Array
  /** Where the picture shows many objects: the mask is their union. */
  objects?: ObjectSet
  /** How the mask was chosen by `auto`. */
  scores?: Scores
}

/** Whether a rule takes whole segments, or their share in the words. */
export function takesSegments({ foreground, wholeSegments }: Pick<Parameters, 'foreground' | 'wholeSegments'>): boolean {
  return typeof foreground === 'object' ? wholeSegments : foreground !== 'auto'
}

/**
 * The mask by a rule, or many objects.
 * @param grouped may be left out unless the rule takes segments (`takesSegments`)
 */
export function findForeground(
  sight: Sight,
  picture: Pick<Picture, 'raster' | 'blank'>,
  grouped: Grouped | undefined,
  parameters: ObjectQuestion & Pick<Parameters, 'edges' | 'preset' | 'wholeSegments'>,
  run: RunStage,
): Promise<Found> {
  return run('foreground', async () => {
    const objects = await findObjects(picture, () => squareOf(sight, picture.raster), parameters)
    if (objects) return { mask: unionOf(objects), objects }
    return maskByRule(sight, picture, grouped, parameters)
  })
}

async function maskByRule(
  sight: Sight,
  { raster, blank }: Pick<Picture, 'raster' | 'blank'>,
  grouped: Grouped | undefined,
  { foreground: rule, edges, preset, wholeSegments }: Pick<Parameters, 'foreground' | 'edges' | 'preset' | 'wholeSegments'>,
): Promise<Found> {
  const { width, height } = raster
  if (blank && seeks(rule)) return { mask: new Uint8Array(width * height) }
  if (rule === 'auto') {
    const scene = await sceneOf(sight, raster)
    const settled = preset === null ? undefined : presetNamed(preset).settled
    if (settled) {
      sight.settled ??= settledMask(scene, settled)
      return { mask: finishedOnce(sight, sight.settled, scene, raster, edges) }
    }
    sight.auto ??= chooseAuto(scene)
    return { mask: finishedOnce(sight, sight.auto.mask, scene, raster, edges), scores: sight.auto.scores }
  }
  if (typeof rule === 'object' && !wholeSegments) {
    const { clickedMask } = await loadPart('clicks', () => import('./clicked.ts'))
    return { mask: await clickedMask(sight, raster, rule, edges) }
  }
  const { labels, segments } = grouped!
  const known = { labels, width, height, segments }
  if (rule !== 'text') return { mask: maskOf(labels, chooseForeground(rule, known)) }
  const heat = await segmentHeat(sight.words, sight.context.words, { ...known, count: segments.length })
  checkFinite(heat, { ...sight.network, what: 'the attention to the words' })
  return { mask: maskOf(labels, chooseForeground(rule, { ...known, heat })) }
}

/** The mask at the picture's own size, which the caller may change. */
function finishedOnce(sight: Sight, mask: Uint8Array, { small }: Scene, raster: RgbRaster, edges: Parameters['edges']): Uint8Array {
  if (sight.finished?.edges !== edges) sight.finished = { edges, mask: finish(mask, small, raster, edges) }
  return sight.finished.mask.slice()
}

/** Everything that a caller gets of one picture and one question. */
export function segmentationOf(
  { raster, notes, blank }: Picture,
  { labels, segments }: Grouped,
  { mask, scores, objects }: Found,
  said: Pick<Segmentation, 'parameters' | 'timings' | 'peakBytes'>,
): Segmentation {
  const { width, height } = raster
  const marked = segments.map((segment) => ({ ...segment }))
  markForeground(marked, labels, mask)
  const empty = mask.includes(255) ? [] : [`${blank ? `${blank}, so ` : ''}${NOTHING_FOUND}`]
  const { foreground } = said.parameters
  const placeNotes = typeof foreground === 'object' ? fractionsNotes(foreground, raster) : []
  const all = [...notes, ...placeNotes, ...objectNotes(objects), ...empty]
  const found = { ...(scores && { scores }), ...(objects && { objects }) }
  return { width, height, labels, mask, segments: marked, ...found, image: raster, notes: all, ...said }
}

/** What errors about the attention say of the network that it is from. */
export function networkOf({ label: model, unet }: Model): Omit<Source, 'what'> {
  return { stage: 'unet', model, hint: weightsHint(unet.holdsHalf, 'unet') }
}
