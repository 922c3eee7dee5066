/** @file Does what is asked fit the device? */
import { embeddedModel, totalMemory } from '#platform'
import { AdzusError } from '../../errors.ts'
import { Adzus, type Backend, type LoadOptions, misfit } from '../../index.ts'
import { memorySize } from '../../messages.ts'
import type { Choices } from './choices.ts'

/**
 * Main memory, and bytes of the largest tensor, that are plenty for the embedded model with its
 * defaults: it takes some 35 MiB, and its largest tensor 4 MiB.
 */
export const PLENTY = { memory: 2 ** 29, tensor: 2 ** 26 }

/**
 * Whether the embedded model fits without a dry run, which would take a tenth of the time of a
 * first picture: with its defaults, where there is plenty.
 * @example
 * surelyFits(device, {}, {}) // true with 512 MiB of main memory, and tensors of 64 MiB
 */
export function surelyFits(device: Pick<Backend, 'maxTensorBytes'>, { vae, base }: LoadOptions, choices: Choices): boolean {
  if (vae !== undefined || base !== undefined || Object.values(choices).some((choice) => choice !== undefined)) return false
  return (totalMemory() ?? 0) >= PLENTY.memory && device.maxTensorBytes >= PLENTY.tensor
}

/**
 * Fails before anything is loaded where the device cannot hold what the model needs, or where
 * options are out of the model's range; says at --verbose how much memory it is.
 * @param isTold whether notes of details are shown
 */
export async function checkMemory(
  device: Backend,
  model: string | undefined,
  checkpoint: LoadOptions,
  choices: Choices,
  isTold = true,
): Promise<void> {
  if (!isTold && model === undefined && surelyFits(device, checkpoint, choices)) return
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
