/** @file What the VAE made of a picture, and what the UNet saw of it. */
import type { Method } from './methods.ts'

export const latents: Method<'latents'> = async ({ view: id, timestep }, { session }) => {
  const view = session.view(id)
  return { clean: await view.latent(), seen: await view.latent(timestep), shares: view.noiseShares(timestep) }
}
