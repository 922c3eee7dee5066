/** @file The attention of single layers and heads, at the first time step. */
import { checkFinite } from '../attention/finite.ts'
import { networkOf } from './answer.ts'
import type { AttentionMap } from './attention-map.ts'
import { lookInside } from './collect-attention.ts'
import type { ImageInput } from './image-input.ts'
import type { Model } from './model.ts'
import type { SegmentOptions } from './options.ts'
import { preparePicture } from './picture.ts'

export async function attentionMaps(model: Model, image: ImageInput, options: SegmentOptions): Promise<AttentionMap[]> {
  const parameters = model.parameters({ ...options, layers: options.layers ?? null })
  const { values } = await preparePicture(image, parameters, options.name, options.signal)
  const chosen = await lookInside(model, values, parameters)
  const maps: AttentionMap[] = []
  for (const { layer, head, map } of chosen.maps) {
    const probabilities = await map.floats()
    // A row's first number stands for all of them.
    const first = Float32Array.from({ length: map.queries }, (_, q) => probabilities[q * map.keys])
    checkFinite(first, { ...networkOf(model), what: `the attention of ${layer.name}` })
    maps.push({ layer: layer.name, head, grid: layer.grid, probabilities })
  }
  chosen.dispose()
  return maps
}
