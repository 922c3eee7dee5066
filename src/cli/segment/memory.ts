/** @file Does what is asked fit the device? */
import { embeddedModel, totalMemory } from '#platform'
import { AdzusError } from '../../errors.ts'
import { Adzus, type Backend, type LoadOptions, misfit } from '../../index.ts'
import { memorySize } from '../../messages.ts'
import type { Choices } from './run.ts'

/**
 * Fails before anything is loaded where the device cannot hold what the model needs, or where
 * options are out of the model's range; says at --verbose how much memory it is.
 */
export async function checkMemory(device: Backend, model: string | undefined, checkpoint: LoadOptions, choices: Choices): Promise<void> {
  const { batch: _, ...options } = choices
  const estimate = await Adzus.estimate(model ?? embeddedModel(), device, { ...checkpoint, onNote: undefined }, options)
  const { weights, peak, largest } = estimate
  checkpoint.onNote?.(
    `${device.description}: weights ${memorySize(weights)}, peak ${memorySize(peak)}, largest tensor ${memorySize(largest.bytes)} (${largest.label})`,
    'detail',
  )
  const fault = misfit(estimate, device, device.usesMainMemory ? totalMemory() : undefined)
  if (fault)
    throw new AdzusError({
      what: 'memory',
      where: `${model ?? embeddedModel()} on ${device.description}`,
      ...fault,
      hint: 'Choose a smaller --size, --dtype f16, or another --backend; adzus doctor tells what fits.',
    })
}
