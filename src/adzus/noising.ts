/**
 * @file How the latent gets to a time step before its attention is read: as it is (DiffSeg), with
 * the schedule's noise, or denoised towards it by DDIM steps from the noisiest step, as ADZUS
 * (arXiv 2503.18170) describes its iterative denoising.
 */
import { gaussian } from '../scheduler/gaussian.ts'
import type { NoiseSchedule } from '../scheduler/schedule.ts'
import { add, affine, release, Tensor } from '../tensor/index.ts'
import type { Parameters } from './options.ts'

export interface Denoiser {
  schedule: NoiseSchedule
  /** The model's output for a latent at a time step; the caller disposes it. */
  predict: (latent: Tensor, timestep: number) => Promise<Tensor>
}

/** The latent [N, h, w, channels] for time step t; the caller disposes it. */
export async function latentAt(
  latent: Tensor,
  t: number,
  { noise: seed, denoise }: Pick<Parameters, 'noise' | 'denoise'>,
  { schedule, predict }: Denoiser,
): Promise<Tensor> {
  if (seed === null) return affine(latent, 1)
  // Every picture of a batch gets the noise that it would get alone.
  const [count, ...shape] = latent.shape
  const noise = Tensor.from(latent.backend, gaussian(seed, latent.size / count), shape, 'noise')
  const path = denoise === null ? [t] : schedule.denoisePath(t, denoise)
  const first = schedule.noiseShares(path[0])
  let state = add(latent, noise, first.signal, first.noise)
  noise.dispose()
  for (const [i, from] of path.slice(0, -1).entries()) {
    const output = await predict(state, from)
    const step = schedule.ddimStep(from, path[i + 1])
    const next = add(state, output, step.x, step.output)
    release(state, output)
    state = next
  }
  return state
}
