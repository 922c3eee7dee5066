/** @file What a look keeps of the networks, for questions that are asked later. */
import { KeptScores } from '../../attention/kept-scores.ts'
import type { Grid, Tensor } from '../../tensor/index.ts'

/** The picture as the VAE made it small, or as the UNet saw it. */
export interface Latent {
  grid: Grid
  channels: number
  /** [h, w, channels], row-major. */
  values: Float32Array
}

/** Attention on the device, and latents on the host, where they take a few KiB. */
export class KeptLook {
  readonly scores = new KeptScores()
  #latent: Latent | undefined
  /** By time step. */
  readonly #states = new Map<number, Latent>()

  /** The VAE's latent. */
  get latent(): Latent {
    return this.#latent!
  }

  /** What the UNet saw at a time step of the look. */
  state(timestep: number): Latent {
    return this.#states.get(timestep)!
  }

  /** Keeps the VAE's latent [1, h, w, channels]. */
  async keepLatent(latent: Tensor): Promise<void> {
    this.#latent = await read(latent)
  }

  /** Begins a pass at a time step, of which the UNet is shown that state. */
  async beginPass(timestep: number, state: Tensor): Promise<void> {
    this.scores.timestep = timestep
    this.#states.set(timestep, await read(state))
  }

  dispose(): void {
    this.scores.dispose()
  }
}

async function read(state: Tensor): Promise<Latent> {
  const [, h, w, channels] = state.shape
  return { grid: { h, w }, channels, values: await state.floats() }
}
