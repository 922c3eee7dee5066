/**
 * @file What a page draws of a look: whole attention maps, the latent, the prompt's tokens and what
 * stands out, each against what is known of it elsewhere.
 */
import assert from 'node:assert/strict'
import { Adzus, type MapQuestion, type SegmentOptions } from '../src/index.ts'
import { gaussian } from '../src/scheduler/gaussian.ts'
import type { Backend } from '../src/tensor/backend.ts'
import { backends } from './support/backends.ts'
import { modelWithWords } from './support/embedded-with.ts'
import { disc } from './support/pictures.ts'

const [WIDTH, HEIGHT] = [90, 60]
const PICTURE = { width: WIDTH, height: HEIGHT, data: disc(WIDTH, HEIGHT) }
const OPTIONS: SegmentOptions = { size: [128, 96], timesteps: [300, 100], prompt: 'a cell' }
const [SELF, CROSS] = ['attn1', 'attn2'].map((name) => `up_blocks.2.attentions.1.transformer_blocks.0.${name}`)

for (const { name, open, test, beforeAll, afterAll } of await backends()) {
  let backend: Backend
  let adzus: Adzus
  beforeAll(async () => {
    backend = await open()
    adzus = await Adzus.load(await modelWithWords(), { backend })
  })
  afterAll(async () => {
    await adzus.dispose()
    await backend.dispose()
  })

  test(`a map has the rows that single questions give on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    const live = backend.memory.live
    const questions: MapQuestion[] = [{}, { layer: SELF }, { layer: SELF, head: 1 }, { layer: CROSS, head: 0, timestep: 100 }]
    for (const question of questions) {
      const { layer, head, grid, keys, values } = await view.map(question)
      assert.deepEqual([layer, head], [question.layer ?? null, question.head ?? null])
      const width = keys ? keys.h * keys.w : 77
      assert.deepEqual(keys, question.layer === CROSS ? null : grid)
      assert.equal(values.length, grid.h * grid.w * width)
      for (const [x, y] of [
        [0, 0],
        [50, 20],
        [89, 59],
      ]) {
        const cell = Math.floor(((y + 0.5) * grid.h) / HEIGHT) * grid.w + Math.floor(((x + 0.5) * grid.w) / WIDTH)
        const row = await view.attention({ x, y, ...question })
        const own = values.subarray(cell * width, (cell + 1) * width)
        assert.deepEqual(own, row.values)
        assert.ok(Math.abs(own.reduce((a, b) => a + b, 0) - 1) < 1e-4)
      }
    }
    assert.equal(backend.memory.live, live)
    await view.dispose()
  })

  test(`a part of a path means self-attention, and what is not there is refused on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    assert.equal((await view.map({ layer: 'up_blocks.2.attentions.1' })).layer, SELF)
    const wrong: [MapQuestion, RegExp][] = [
      [{ layer: 'nowhere' }, /options \(layer\).*layers\(\) lists them/],
      [{ head: 0 }, /options \(head\).*a layer that it belongs to/],
      [{ layer: SELF, head: 99 }, /options \(head\).*from 0 to/],
      [{ layer: SELF, timestep: 5 }, /options \(timestep\).*one of 300, 100/],
      [{ x: 5 } as MapQuestion, /options \(question\): expected names out of layer, head, timestep/],
      [null as unknown as MapQuestion, /options \(question\)/],
    ]
    for (const [question, message] of wrong) await assert.rejects(view.map(question), message)
    await view.dispose()
  })

  test(`the latent is the VAE’s, and a time step’s has the noise of the schedule on ${name}`, async () => {
    const plain = await adzus.look(PICTURE, OPTIONS)
    const { grid, channels, values } = await plain.latent()
    assert.deepEqual([grid, channels, values.length], [{ h: 12, w: 16 }, 4, 768])
    assert.ok(values.some((v) => v !== values[0]))
    assert.deepEqual((await plain.latent(300)).values, values, 'no noise by default')
    await assert.rejects(plain.latent(5), /options \(timestep\): expected one of 300, 100, got 5/)
    values.fill(0)
    const { values: original } = await plain.latent()
    assert.ok(
      original.some((v) => v !== 0),
      'what is given away may be changed',
    )
    await plain.dispose()
    await assert.rejects(plain.latent(), /disposed/)

    const noisy = await adzus.look(PICTURE, { ...OPTIONS, noise: 7 })
    assert.deepEqual((await noisy.latent()).values, original)
    const noise = gaussian(7, 768)
    const amounts: number[] = []
    for (const timestep of [300, 100]) {
      // A shared factor of the latent and another of the noise explain every number of the state.
      const { values: state } = await noisy.latent(timestep)
      const [signal, amount] = leastSquares(state, original, noise)
      for (const [i, v] of state.entries()) assert.ok(Math.abs(v - signal * original[i] - amount * noise[i]) < 1e-4)
      assert.ok(Math.abs(signal ** 2 + amount ** 2 - 1) < 1e-4, 'the schedule keeps the variance')
      amounts.push(amount)
    }
    assert.ok(amounts[0] > amounts[1] && amounts[1] > 0)
    await noisy.dispose()
  })

  test(`tokens: what each stands for on ${name}`, async () => {
    const view = await adzus.look(PICTURE, { ...OPTIONS, prompt: 'A cell' })
    const tokens = view.tokens()
    assert.equal(tokens.length, 77)
    assert.deepEqual(
      tokens.map(({ index }) => index),
      tokens.map((_, i) => i),
    )
    const words = tokens.filter(({ isWord }) => isWord)
    assert.equal(words.map(({ text }) => text).join(''), 'acell')
    assert.deepEqual(words[0], { index: 1, text: 'a', isWord: true })
    assert.ok(tokens.every(({ isWord, text }) => isWord || text === ''))
    await view.dispose()
    const silent = await adzus.look(PICTURE, { size: 64 })
    assert.ok(silent.tokens().length === 77 && silent.tokens().every(({ text, isWord }) => text === '' && !isWord))
    await silent.dispose()
  })

  test(`prominence: the disc stands out of what is around it on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    const { grid, values } = await view.prominence()
    assert.deepEqual([grid, values.length], [{ h: 12, w: 16 }, 192])
    assert.ok(values.every((v) => v >= 0 && v <= 1))
    assert.ok(values[6 * 16 + 8] > 2 * values[0], `${values[6 * 16 + 8]} and ${values[0]}`)
    await view.dispose()
  })
}

/** The factors a and b of the nearest a·x + b·y. */
function leastSquares(values: Float32Array, x: Float32Array, y: Float32Array): [number, number] {
  const dot = (u: Float32Array, v: Float32Array) => u.reduce((s, a, i) => s + a * v[i], 0)
  const [xx, xy, yy, vx, vy] = [dot(x, x), dot(x, y), dot(y, y), dot(values, x), dot(values, y)]
  const det = xx * yy - xy * xy
  return [(vx * yy - vy * xy) / det, (vy * xx - vx * xy) / det]
}
