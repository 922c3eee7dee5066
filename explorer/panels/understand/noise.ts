/** @file Stage noise at t: the latent as the UNet saw it, beside the clean one. */
import { fill, h } from '../../dom.ts'
import type { Latents } from '../../engine/way.ts'
import type { Explorer } from '../../explorer.ts'
import { text } from '../../text/index.ts'
import type { Chapter } from './chapter.ts'
import { canvasOf, copyOf, figure, signedPicture } from './drawing.ts'
import type { Material } from './material.ts'
import { channelOf, rangeOf } from './numbers.ts'

const words = text.understand.noise

export const noise: Chapter = async (material, explorer) => {
  const { timesteps } = material.looked.parameters
  const place = h('div', { className: 'noise' })
  const show = async (timestep: number) => {
    const found = await material.ask('latents', { timestep })
    fill(place, ...comparison(found, timestep))
    return found
  }
  const first = await show(timesteps[0])
  const choice = h('select', { id: 'noise-timestep' }, ...timesteps.map((t) => h('option', { value: `${t}` }, `${t}`)))
  choice.addEventListener('change', () => void show(Number(choice.value)).catch(() => {}))
  return {
    thumbnail: copyOf(firstOf(first.seen, reachOf(first))),
    facts: words.facts(timesteps[0], first.shares),
    element: h(
      'div',
      {},
      timesteps.length > 1 && h('p', {}, h('label', { htmlFor: choice.id }, `${words.timestep} `), choice),
      ...otherNoise(material, explorer),
      place,
    ),
  }
}

/** Both latents, the schedule's shares and the formula with its numbers. */
function comparison({ clean, seen, shares }: Latents, timestep: number): Node[] {
  const reach = reachOf({ clean, seen })
  const rows = (
    [
      ['clean', clean],
      ['seen', seen],
    ] as const
  ).flatMap(([name, latent]) =>
    Array.from({ length: latent.channels }, (_, c) => {
      const values = channelOf(latent, c)
      const caption = words.channel(name, c + 1, timestep, ...rangeOf(values))
      return figure(signedPicture(values, latent.grid, reach), caption, caption)
    }),
  )
  return [
    h('p', { className: 'formula' }, words.formula(timestep, shares)),
    figure(shareBar(shares.signal ** 2), words.bar, words.facts(timestep, shares)),
    h('div', { className: 'figures' }, ...rows),
  ]
}

function reachOf({ clean, seen }: Pick<Latents, 'clean' | 'seen'>): number {
  return Math.max(...[clean, seen].flatMap(({ values }) => rangeOf(values).map(Math.abs)))
}

const firstOf = (latent: Latents['seen'], reach: number) => signedPicture(channelOf(latent, 0), latent.grid, reach)

/** How much of the variance is signal. */
function shareBar(share: number): HTMLCanvasElement {
  const bar = canvasOf(320, 24, 'bar')
  const brush = bar.getContext('2d')!
  brush.fillStyle = 'rgb(205 90 0)'
  brush.fillRect(0, 0, 320 * share, 24)
  brush.fillStyle = 'rgb(120 120 130)'
  brush.fillRect(320 * share, 0, 320, 24)
  return bar
}

/** What this look does with noise, and a button for a look that does otherwise. */
function otherNoise({ looked }: Material, explorer: Explorer): Node[] {
  const { noise: seed, denoise } = looked.parameters
  const without = seed === null
  const press = () => {
    const { noise: _, denoise: __, ...rest } = explorer.value.look
    explorer.set({ look: without ? { ...rest, noise: 0 } : rest })
  }
  return [
    h('p', {}, without ? words.none : denoise === null ? words.some(seed) : words.denoised(seed, denoise)),
    h('p', {}, h('button', { type: 'button', id: 'other-noise', onclick: press }, without ? words.add : words.remove)),
  ]
}
