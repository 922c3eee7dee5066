/**
 * @file The attention layers of a model, by a dry run: of the weights only the headers are read.
 */
import type { Files } from '../checkpoint/files.ts'
import { type CheckpointOptions, openCheckpoint } from '../checkpoint/open.ts'
import type { AttentionLayer } from '../unet/taps.ts'
import type { UrlLike } from '../url.ts'
import { checkLoadOptions, checkModel } from './check-options.ts'
import { openDry } from './dry-run.ts'
import { Model } from './model.ts'
import type { SegmentOptions } from './options.ts'

/** The attention layers of a model for a size of picture. */
export interface ModelLayers {
  /** Path of the model. */
  model: string
  /** Pixels for the network. */
  size: [width: number, height: number]
  /** In the order in which they run. */
  layers: AttentionLayer[]
}

/**
 * Which attention layers a model has, and on which grids of cells for pictures of a size.
 * @param model a path, an id of the hub, a URL, or files
 * @throws AdzusError where there is no such model, or for a size that it does not take
 * @example
 * const { layers } = await modelLayers('path/to/model', { size: 512 })
 */
export async function modelLayers(
  model: string | UrlLike | Files,
  { size }: Pick<SegmentOptions, 'size'> = {},
  checkpoint: CheckpointOptions = {},
): Promise<ModelLayers> {
  checkModel(model)
  checkLoadOptions(checkpoint)
  const files = await openCheckpoint(model, checkpoint)
  const loaded = await Model.load(files, await openDry({ kind: 'cpu', maxTensorBytes: Number.MAX_SAFE_INTEGER }))
  const parameters = loaded.parameters({ size })
  return { model: loaded.label, size: parameters.size, layers: loaded.layers(parameters.size) }
}
