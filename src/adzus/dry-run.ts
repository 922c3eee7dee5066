/** @file A picture (or a batch) without a device: what would run, and what it would need. */
import type { Files } from '../checkpoint/files.ts'
import type { WishedDtype } from '../checkpoint/variants.ts'
import { PIXELS } from '../foreground/square.ts'
import type { RgbRaster } from '../image/raster.ts'
import type { DryBackend, DryTarget } from '../tensor/dry.ts'
import { forget, groupPixels, joinAttention, type Sight } from './answer.ts'
import { collectAttention } from './collect-attention.ts'
import { Model } from './model.ts'
import type { SegmentOptions } from './options.ts'
import { type Plan, planOf } from './plan.ts'
import { sceneOf, squareOf } from './scene-of.ts'
import type { RunStage } from './stages.ts'

/** What a model is made of. */
export interface Origin {
  files: Files
  dtype?: WishedDtype
}

/**
 * What would happen to a batch of pictures with these options; of the weights only the headers are
 * read. Labels count at the network's size, and of the rules of foreground `auto` alone computes.
 */
export async function dryRun({ files, dtype }: Origin, dry: DryBackend, options: SegmentOptions, batch = 1): Promise<Plan> {
  const model = await Model.load(files, dry, { dtype })
  const parameters = model.parameters(options)
  const [width, height] = parameters.size
  const before = { weights: dry.memory.live, ...dry.allocated }
  const run: RunStage = (stage, work) => {
    dry.stage = stage
    return work()
  }
  const values = new Float32Array(3 * width * height)
  const raster = { width, height, data: new Uint8Array(values.length) }
  for (const attention of await collectAttention(model, Array(batch).fill(values), parameters, run)) {
    const sight = await joinAttention(model, attention, parameters, run)
    await groupPixels(sight, raster, parameters.method, run, true)
    if (parameters.foreground === 'auto') await run('foreground', () => unseenScene(sight, raster))
    forget(sight)
  }
  return planOf(dry, { model: model.label, size: parameters.size }, before)
}

/**
 * What the foreground `auto` asks of the device. What it computes on the host, of how the picture
 * looks, would take most of a dry run's time and says nothing: it is left empty.
 */
async function unseenScene(sight: Sight, raster: RgbRaster): Promise<void> {
  const nothing = { small: squareOf(sight, raster), lab: new Float32Array(0), colours: new Uint8Array(0), channels: [] }
  sight.ofPicture.appearance = { ...nothing, field: new Uint8Array(PIXELS).fill(1), fieldArea: PIXELS }
  await sceneOf(sight, raster)
}

/**
 * A dry run's backend. It knows the kernels of every backend, so it is loaded when it is needed.
 */
export async function openDry(target: DryTarget): Promise<DryBackend> {
  const { DryBackend } = await import('../tensor/dry.ts')
  return new DryBackend(target)
}
