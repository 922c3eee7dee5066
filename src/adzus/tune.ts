/** @file Measures which kernels are fastest for the pictures to come. */
import type { TuneOptions } from '../tensor/tuner.ts'
import { checkTuneOptions } from './check-options.ts'
import type { Expected } from './load-options.ts'
import type { OpenModel } from './open-model.ts'
import { ahead } from './parts.ts'

/** Does nothing where there are no choices. */
export async function tune({ backend, origin, exclusively }: OpenModel, settings: Expected & TuneOptions = {}): Promise<void> {
  checkTuneOptions(settings)
  const { budget, onAnswer, batch = 1, ...options } = settings
  return exclusively(async () => {
    const { tuning, profile } = backend
    if (!tuning) return
    const { dryRun, keepTuning, largestBatch, openDry } = await ahead()
    const fits = await largestBatch(origin, backend, options, batch)
    const ask = async () => {
      const dry = await openDry(backend)
      await dryRun(origin, dry, options, fits.batch)
      return dry.questions.values()
    }
    await profile.stage('tune', () => profile.unmeasured(() => tuning.tune(ask, { budget, onAnswer })))
    // What was measured with is of no use to pictures.
    backend.trim()
    if (origin.cache) await keepTuning(backend, origin.cache)
  })
}
