/** @file How many pictures a device has room for at once, by dry runs. */
import { totalMemory } from '#platform'
import type { Backend } from '../tensor/index.ts'
import { dryRun, type Origin, openDry } from './dry-run.ts'
import { misfit } from './estimate.ts'
import type { SegmentOptions } from './options.ts'

/**
 * The largest batch up to `wanted` that there is room for, 1 at least; and what to say where it is
 * smaller.
 */
export async function largestBatch(
  origin: Origin,
  backend: Backend,
  options: SegmentOptions,
  wanted: number,
): Promise<{ batch: number; note?: string }> {
  const memory = backend.usesMainMemory ? totalMemory() : undefined
  let [fits, fails] = [1, wanted + 1]
  let reason = ''
  for (let batch = wanted; fits + 1 < fails; batch = Math.floor((fits + fails) / 2)) {
    const plan = await dryRun(origin, await openDry(backend), options, batch)
    const fault = misfit(plan.memory, backend, memory)
    if (!fault) fits = batch
    else {
      fails = batch
      reason = `${batch} need ${fault.got}, and there are ${fault.expected}`
    }
  }
  return { batch: fits, note: fits < wanted ? `${fits} of ${wanted} pictures at once: ${reason}` : undefined }
}
