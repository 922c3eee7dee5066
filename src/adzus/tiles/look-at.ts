/** @file A picture in memory through the networks, as far as the joined attention. */
import type { RgbRaster } from '../../image/raster.ts'
import type { Signal } from '../../signal.ts'
import { joinAttention, type Sight } from '../answer.ts'
import { collectAttention } from '../collect-attention.ts'
import type { Model } from '../model.ts'
import type { Parameters } from '../options.ts'
import { preparePicture } from '../picture.ts'
import type { Stages } from '../stages.ts'

/** By what pictures are looked at. */
export interface Looking {
  model: Model
  parameters: Parameters
  clock: Stages
  signal?: Signal
}

/** `forget` the sight. */
export async function lookAt(image: RgbRaster, { model, parameters, clock }: Looking): Promise<Sight> {
  // Its values have been chosen when it was read.
  const { values } = await preparePicture(image, { ...parameters, window: 'auto', orient: false })
  const [attention] = await collectAttention(model, [values], parameters, clock.run)
  return joinAttention(model, attention, parameters, clock.run)
}
