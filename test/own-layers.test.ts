/** @file Layers that a model's `adzus.json` chooses count by default, and whoever names others gets those. */
import assert from 'node:assert/strict'
import { afterAll, beforeAll, test } from 'vitest'
import { Adzus } from '../src/index.ts'
import { embeddedWith } from './support/embedded-with.ts'
import { maxError } from './support/golden-compare.ts'

const OPTIONS = { size: 64, foreground: 'center' } as const
const image = { width: 64, height: 48, data: Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * i) % 251) }

let own: Adzus
let all: Adzus
beforeAll(async () => {
  own = await Adzus.load(await embeddedWith({ layers: ['mid_block', 'up_blocks'] }), { backend: 'cpu' })
  all = await Adzus.load(await embeddedWith({ layers: undefined }), { backend: 'cpu' })
})
afterAll(() => Promise.all([own.dispose(), all.dispose()]))

const weightsOf = async (adzus: Adzus, layers?: string[] | null) => {
  const view = await adzus.look(image, { ...OPTIONS, ...(layers === undefined ? {} : { layers }) })
  const map = await view.map()
  const names = view.resolutionWeights().flatMap((resolution) => resolution.layers)
  await view.dispose()
  return { names, values: map.values }
}

test('they are the default, as if they had been named', async () => {
  assert.deepEqual(own.parameters().layers, ['mid_block', 'up_blocks'])
  assert.equal(all.parameters().layers, null)
  const [byDefault, named] = [await weightsOf(own), await weightsOf(all, ['mid_block', 'up_blocks'])]
  assert.deepEqual(byDefault, named)
  assert.ok(byDefault.names.length > 0 && byDefault.names.every((name) => !name.startsWith('down_blocks')))
})

test('others, or all, can be chosen in their place', async () => {
  assert.deepEqual(own.parameters({ layers: ['down_blocks.0'] }).layers, ['down_blocks.0'])
  assert.deepEqual(await weightsOf(own, null), await weightsOf(all))
  const view = await own.look(image, OPTIONS)
  const asked = await view.map({ layers: null })
  // Aggregated anew from what the look kept, in another order of sums.
  assert.ok(maxError(asked.values, (await weightsOf(all)).values) < 1e-6)
  await view.dispose()
})

test('a choice of heads, resolutions or weights leaves them as they are', async () => {
  const { layers } = own.parameters({ heads: [0], resolutions: [16], weights: { heads: { 0: 2 } } })
  assert.deepEqual(layers, ['mid_block', 'up_blocks'])
})

test('the attention of single layers is that of all of them', async () => {
  const names = async (adzus: Adzus) => (await adzus.attention(image, OPTIONS)).map(({ layer }) => layer)
  assert.deepEqual(await names(own), await names(all))
})
