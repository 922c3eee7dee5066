/** @file Several pictures together: through the networks as one batch, then each by itself. */

import { guarded } from '../tensor/index.ts'
import { findForeground, forget, groupPixels, joinAttention, segmentationOf } from './answer.ts'
import { type AttentionMaps, collectAttention } from './collect-attention.ts'
import { settled } from './many.ts'
import type { Model } from './model.ts'
import type { Parameters } from './options.ts'
import type { Picture } from './picture.ts'
import type { Segmentation } from './segmentation.ts'
import type { Stages } from './stages.ts'

/** A picture of a group, with the clock of its own stages. */
export interface Member {
  picture: Picture
  clock: Stages
}

/**
 * Segments pictures. What is wrong with one of them is its own result.
 * @param together times what is done at once
 */
export async function segmentGroup(
  model: Model,
  members: readonly Member[],
  parameters: Parameters,
  together: Stages,
): Promise<PromiseSettledResult<Segmentation>[]> {
  const { backend } = model
  backend.resetPeak()
  const pictures = members.map(({ picture }) => picture.values)
  const attention = await collectAttention(model, pictures, parameters, together.run)
  const results: PromiseSettledResult<Segmentation>[] = []
  for (const [i, member] of members.entries()) {
    if (member.clock !== together) member.clock.addShare(together, members.length)
    results.push(await settled(guarded(backend, () => segmentOne(model, attention[i], member, parameters))))
  }
  return results
}

async function segmentOne(
  model: Model,
  attention: AttentionMaps,
  { picture, clock }: Member,
  parameters: Parameters,
): Promise<Segmentation> {
  const { run } = clock
  const sight = await joinAttention(model, attention, parameters, run)
  try {
    const grouped = await groupPixels(sight, picture.raster, parameters.method, run)
    const found = await findForeground(sight, picture, grouped, parameters, run)
    const { peak } = model.backend.memory
    return segmentationOf(picture, grouped, found, { parameters, timings: clock.timings(), peakBytes: peak })
  } finally {
    forget(sight)
  }
}
