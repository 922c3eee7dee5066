/** @file Stage latent: the channels that the VAE made of the picture. */
import { h } from '../../dom.ts'
import { text } from '../../text/index.ts'
import type { Chapter } from './chapter.ts'
import { copyOf, figure, signedPicture } from './drawing.ts'
import { channelOf, rangeOf } from './numbers.ts'

const words = text.understand.latent

export const latent: Chapter = async (material) => {
  const { parameters } = material.looked
  const { clean } = await material.ask('latents', { timestep: parameters.timesteps[0] })
  const [least, most] = rangeOf(clean.values)
  const reach = Math.max(-least, most)
  const pictures = Array.from({ length: clean.channels }, (_, c) => {
    const values = channelOf(clean, c)
    const range = rangeOf(values)
    return { picture: signedPicture(values, clean.grid, reach), caption: words.channel(c + 1, ...range) }
  })
  const facts = words.facts(clean, parameters.size)
  return {
    thumbnail: copyOf(pictures[0].picture),
    facts,
    element: h('div', { className: 'figures' }, ...pictures.map((one) => figure(one.picture, one.caption, one.caption))),
  }
}
