/** @file A picture by tiles: slides, and what is too large or too fine to be looked at whole. */
import { RunPlane } from '../../pixels/run-plane.ts'
import type { OpenModel } from '../open-model.ts'
import { Stages } from '../stages.ts'
import { excerptOf } from './excerpt.ts'
import { type Tile, tilesOf } from './grid.ts'
import { objectsByTiles, sampleTiles, showMany } from './many.ts'
import { type ByTiles, maskByTiles } from './masks.ts'
import { checkTiled, resolveTiles, type TileOptions } from './options.ts'
import { lookOver } from './overview.ts'
import { openSlide, type TiledInput } from './slide.ts'
import { labelsAsObjects, partsAsObjects, TiledSegmentation } from './tiled.ts'

export async function segmentTiles({ model, exclusively }: OpenModel, image: TiledInput, options: TileOptions): Promise<TiledSegmentation> {
  const { tiles: chosen, others } = resolveTiles(options)
  const { signal, name = 'image' } = others
  const parameters = model.parameters(others)
  checkTiled(parameters)
  const { backend } = model
  backend.resetPeak()
  let doing = 'overview'
  const say = (what: string) => others.onProgress?.(`${doing}: ${what}`)
  const clock = new Stages(backend, { signal, onProgress: say })
  say('decode')
  const slide = await clock.time('decode', () => openSlide(image, parameters, name, signal))
  const excerpt = excerptOf(slide, { region: chosen.region ?? undefined, mpp: chosen.mpp ?? undefined }, name)
  const looking = { model, parameters, clock, signal }
  const overview = await exclusively(() => lookOver(excerpt, looking))
  const tiles = tilesOf(excerpt, chosen.tile, chosen.overlap)
  const onTile = (round: string, { index }: Tile) => {
    signal?.throwIfAborted()
    doing = `tile ${index + 1} of ${tiles.length}`
    say(round)
  }
  const job: ByTiles = { ...looking, ...chosen, excerpt, overview, tiles, exclusively, onTile }
  const where = { region: excerpt.region, scale: excerpt.scale }
  const found = await findAll(job, where)
  const { peak } = backend.memory
  const empty = found.plane.area() === 0 ? [`${overview.blank ? `${overview.blank}, so ` : ''}nothing stands out: the mask is empty`] : []
  return new TiledSegmentation(found.plane, found.objects, {
    ...where,
    parameters: { ...parameters, tiles: chosen },
    tiles: { count: tiles.length, blank: found.blank },
    many: found.many,
    overview: overview.image,
    scores: found.many ? undefined : overview.scores,
    notes: [...slide.notes, ...empty],
    timings: clock.timings(),
    peakBytes: peak,
  })
}

async function findAll(job: ByTiles, where: Parameters<typeof partsAsObjects>[2]) {
  const { parameters, overview, tiles, excerpt } = job
  const { objects: rule } = parameters
  if (overview.blank) {
    const plane = new RunPlane(excerpt.width, excerpt.height)
    return { plane, objects: partsAsObjects(plane, parameters, where), blank: tiles.length, many: false }
  }
  if (rule !== 'none') {
    const samples = await sampleTiles(job)
    if (samples.length > 0 && (rule === 'many' || overview.many || showMany(samples))) {
      const { plane, numbers, count, blank } = await objectsByTiles(job, samples)
      plane.relabel((label) => numbers[label])
      return { plane, objects: labelsAsObjects(plane, count, parameters, where), blank, many: true }
    }
  }
  const { plane, blank } = await maskByTiles(job)
  return { plane, objects: partsAsObjects(plane, parameters, where), blank, many: false }
}
