/**
 * @file Questions about another choice of attention: the map is aggregated anew from what a look kept, as
 * segmenting anew would have it (within the rounding of f32 sums), without a pass of the networks, and memory stays flat.
 */
import assert from 'node:assert/strict'
import { Adzus, AdzusError, parseWeights, type Question, type SegmentOptions, type View, type Weights } from '../src/index.ts'
import type { Backend } from '../src/tensor/backend.ts'
import { backends, test } from './support/backends.ts'
import { modelWithWords } from './support/embedded-with.ts'
import { disc } from './support/pictures.ts'

const [WIDTH, HEIGHT] = [90, 60]
const PICTURE = { width: WIDTH, height: HEIGHT, data: disc(WIDTH, HEIGHT) }
const OPTIONS: SegmentOptions = { size: [128, 96], timesteps: [300, 100], layers: null, prompt: 'a cell' }
/** Two layers of the finest grid, and one of the next. */
const [A, B, COARSE] = ['up_blocks.3.attentions.0', 'up_blocks.3.attentions.1', 'up_blocks.2.attentions.0']

/** The largest difference of two lists of numbers. */
function distance(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)
}

for (const { name, open, test, beforeAll, afterAll } of await backends()) {
  let backend: Backend
  let adzus: Adzus
  let view: View
  beforeAll(async () => {
    backend = await open()
    adzus = await Adzus.load(await modelWithWords(), { backend })
    view = await adzus.look(PICTURE, OPTIONS)
  })
  afterAll(async () => {
    await view.dispose()
    await adzus.dispose()
    await backend.dispose()
  })
  const map = async (choice: SegmentOptions) => (await view.map(choice)).values
  const near = (got: Float32Array, expected: (i: number) => number) => {
    const difference = distance(
      got,
      got.map((_, i) => expected(i)),
    )
    assert.ok(difference < 1e-6, `${difference}`)
  }

  test(`answers are those of segmenting anew with that choice on ${name}`, async () => {
    const questions: Question[] = [
      { resolutions: [8, 16] },
      { layers: ['up_blocks', 'mid_block'], heads: [1], foreground: 'center' },
      { timesteps: [100], foreground: 'text' },
      { timesteps: [100, 300], thresholds: [0.2, 0.2], foreground: 'all' },
      { weights: { resolutions: { 16: 2, 2: 0 }, layers: { 'up_blocks.3': 0.5, mid: 3 }, heads: { 1: 0 } }, foreground: 'all' },
    ]
    for (const question of questions) {
      const stages: string[] = []
      const answer = await view.segment({ ...question, onProgress: (stage) => stages.push(stage) })
      assert.ok(!stages.includes('unet') && !stages.includes('vae'))
      const anew = await adzus.segment(PICTURE, { ...OPTIONS, ...question })
      assert.deepEqual(answer.labels, anew.labels)
      assert.deepEqual(answer.mask, anew.mask)
      assert.deepEqual(answer.parameters, anew.parameters)
      assert.deepEqual(await view.mask(answer.parameters.foreground, question), anew.mask)
    }
  })

  test(`the choice holds for maps, rows, what stands out and the merging, too, on ${name}`, async () => {
    const choice = { layers: [A] }
    const other = await adzus.look(PICTURE, { ...OPTIONS, ...choice })
    const [x, y] = [50, 20]
    const asks: ((from: View, choice: Question) => Promise<Float32Array>)[] = [
      async (from, choice) => (await from.map(choice)).values,
      async (from, choice) => (await from.attention({ x, y, ...choice })).values,
      async (from, choice) => (await from.attention({ x, y, direction: 'to', ...choice })).values,
      async (from, choice) => (await from.prominence(choice)).values,
      async (from, choice) => (await from.merges(choice)).divergences,
    ]
    for (const [i, ask] of asks.entries()) {
      const tolerance = i < 3 ? 1e-6 : 1e-3
      const [plain, all] = [await ask(other, {}), await ask(view, {})]
      assert.ok(distance(await ask(view, choice), plain) < tolerance, `question ${i}`)
      assert.ok(distance(all, plain) > 10 * tolerance, `question ${i}: the choice makes a difference`)
      assert.ok(distance(await ask(other, { layers: null }), all) < tolerance, `question ${i}: everything was kept`)
    }
    await other.dispose()
    const layer = 'up_blocks.3.attentions.0.transformer_blocks.0.attn1'
    const late = await view.attention({ x, y, layer, timesteps: [100] })
    assert.deepEqual(late, await view.attention({ x, y, layer, timestep: 100 }))
  })

  test(`factors are what parts count in the means, and rows sum to 1 on ${name}`, async () => {
    const weighted = (weights: Weights, choice: SegmentOptions = {}) => map({ ...choice, weights })
    const everything = await map({})
    near(await weighted({ resolutions: { 16: 1 }, heads: { 0: 1 } }), (i) => everything[i])
    const [a, b, coarse] = [await map({ layers: [A] }), await map({ layers: [B] }), await map({ layers: [COARSE] })]
    near(await weighted({ layers: { [A]: 3 } }, { layers: [A, B] }), (i) => 0.75 * a[i] + 0.25 * b[i])
    assert.equal(distance(await weighted({ layers: { [B]: 0 } }, { layers: [A, B] }), a), 0)
    const [first, second] = [await map({ layers: [A], heads: [0] }), await map({ layers: [A], heads: [1] })]
    near(await weighted({ heads: { 1: 4 } }, { layers: [A] }), (i) => 0.2 * first[i] + 0.8 * second[i])
    // Grids of 16 and 8 cells count as their sides do: 2 to 1, here times 1 and 6.
    near(await weighted({ resolutions: { 8: 6 } }, { layers: [A, COARSE] }), (i) => 0.25 * a[i] + 0.75 * coarse[i])
    assert.equal(distance(await weighted({ resolutions: { 16: 0 } }, { layers: [A, COARSE] }), coarse), 0)
    const mixed = await weighted({ resolutions: { 16: 0.1, 4: 7 }, layers: { attentions: 1e-3, [A]: 1e6 }, heads: { 0: 1e5 } })
    const cells = 12 * 16
    for (let q = 0; q < cells; q++) {
      const sum = mixed.subarray(q * cells, (q + 1) * cells).reduce((s, v) => s + v, 0)
      assert.ok(Math.abs(sum - 1) < 1e-4, `row ${q}: ${sum}`)
    }
  })

  test(`the last choice stays for the following questions, and memory is flat on ${name}`, async () => {
    const stagesOf = async (question: Question) => {
      const stages: string[] = []
      await view.segment({ foreground: 'center', ...question, onProgress: (stage) => stages.push(stage) })
      return stages
    }
    const held = async (question: Question) => {
      // The walk that this makes stays beside the map.
      await view.prominence(question)
      return backend.memory.live
    }
    await view.prominence()
    const level = await held({ heads: [0] })
    assert.deepEqual(await stagesOf({ heads: [0], thresholds: [0.3] }), ['group', 'label', 'foreground'])
    assert.deepEqual(await stagesOf({ heads: [1], thresholds: [0.3] }), ['aggregate', 'group', 'label', 'foreground'])
    for (const question of [{ heads: [0] }, { weights: { layers: { mid: 2 } } }, { layers: ['up'] }])
      assert.equal(await held(question), level, JSON.stringify(question))
    // The look's own choice is never made anew.
    assert.ok(!(await stagesOf({})).includes('aggregate'))
    assert.equal(backend.memory.live, level)
  })

  test(`a question that fails leaves nothing behind on ${name}`, async () => {
    const question: Question = { layers: ['up_blocks.1'], foreground: { point: [45, 30] } }
    const right = await view.segment(question)
    const level = backend.memory.live
    const failing: [string, Question][] = [
      ['aggregate', { layers: ['up_blocks.2'] }],
      ['group', { layers: ['down_blocks.1'] }],
      ['foreground', { layers: ['mid_block'] }],
    ]
    for (const [last, choice] of failing) {
      const abort = new AbortController()
      const onProgress = (stage: string) => {
        if (stage === last) abort.abort(new Error('enough'))
      }
      // The last stage is not followed by another one that would see the signal.
      const asked = view.segment({ ...choice, foreground: { point: [900, 5] }, signal: abort.signal, onProgress })
      await assert.rejects(asked, last === 'foreground' ? /foreground: point/ : /enough/)
      assert.ok(backend.memory.live <= level, `${last}: ${backend.memory.live} instead of ${level}`)
    }
    const again = await view.segment(question)
    assert.deepEqual(again.labels, right.labels)
    assert.deepEqual(again.mask, right.mask)
    assert.equal(backend.memory.live, level)
  })

  test(`disposing gives all of it back on ${name}`, async () => {
    const before = backend.memory.live
    const own = await adzus.look(PICTURE, { size: 64, timesteps: [300, 300], prompt: 'a cell' })
    await own.segment({ heads: [0], foreground: 'all' })
    await own.segment({ heads: [1], foreground: { point: [45, 30] } })
    // A time step that is given twice is kept once, and counts as often as it is given.
    const { values } = await own.attention({ x: 45, y: 30, layer: 'mid_block' })
    assert.ok(Math.abs(values.reduce((s, v) => s + v, 0) - 1) < 1e-5)
    await own.dispose()
    assert.equal(backend.memory.live, before)
  })
}

test('choices of what is not there are refused', async (t) => {
  const adzus = await Adzus.load(undefined, { backend: 'cpu' })
  t.onTestFinished(() => adzus.dispose())
  const view = await adzus.look(PICTURE, { size: [128, 96], timesteps: [300, 100], layers: null })
  const layer = 'up_blocks.3.attentions.0.transformer_blocks.0.attn1'
  const wrong: [SegmentOptions, RegExp][] = [
    [{ timesteps: [] }, /\(timesteps\): expected some of the look's: 300, 100, got \[\]/],
    [{ timesteps: [50] }, /\(timesteps\).*got \[50\]\. Other time steps need a look of their own/],
    [{ timesteps: [100, 100] }, /\(timesteps\): expected each once/],
    [{ resolutions: [5] }, /\(resolutions\): expected among 16, 8/],
    [{ layers: ['nowhere'] }, /\(layers\)/],
    [{ layers: [] }, /\(layers\): expected at least one/],
    [{ heads: [7] }, /\(heads\): expected among 0, 1, got 7/],
    [{ weights: { resolutions: { 5: 1 } } }, /\(weights\): expected resolutions among 16, 8.*got 5.*list them/],
    [{ weights: { layers: { nowhere: 1 } } }, /\(weights\): expected layers among down_blocks.*got nowhere/],
    [{ weights: { heads: { 7: 1 } } }, /\(weights\): expected heads among 0, 1.*got 7/],
    [{ weights: { resolutions: { '16.0': 1 } } as Weights }, /\(weights\): expected resolutions among/],
    [{ weights: { heads: { 0: 0, 1: 0 } } }, /\(weights\): expected a factor above 0.*got 0 for all of its 16 layers/],
    [{ weights: { layers: { '': 0 } } }, /\(weights\): expected layers among/],
    [{ layers: ['mid'], weights: { layers: { mid_block: 0 } } }, /got 0 for all of its 1 layers/],
    [{ weights: { resolutions: { 16: -1 } } }, /\(weights\): expected \{ resolutions, layers, heads \}/],
    [{ weights: { heads: { 0: Number.NaN } } }, /\(weights\): expected \{ resolutions/],
    [{ weights: { steps: { 0: 1 } } as Weights }, /\(weights\): expected \{ resolutions/],
  ]
  for (const [choice, message] of wrong) {
    const refused = (error: unknown) => {
      assert.ok(error instanceof AdzusError)
      assert.match(error.message, message)
      return true
    }
    await assert.rejects(view.segment(choice), refused)
    await assert.rejects(view.map(choice), refused)
    await assert.rejects(view.prominence(choice), refused)
    await assert.rejects(view.attention({ x: 1, y: 1, ...choice }), refused)
    if (!choice.timesteps) assert.throws(() => adzus.parameters({ size: [128, 96], layers: null, ...choice }), refused)
  }
  await assert.rejects(view.map({ layer, heads: [0] }), /\(layer\): expected it, or heads for the aggregated map, got "?both/)
  await assert.rejects(view.prominence({ layer } as object), /\(question\): expected names out of resolutions/)
  await view.dispose()
})

test('weights as the command line writes them', () => {
  assert.deepEqual(parseWeights('32=2,up_blocks.3=0.5,head1=0'), {
    resolutions: { 32: 2 },
    layers: { 'up_blocks.3': 0.5 },
    heads: { 1: 0 },
  })
  assert.deepEqual(parseWeights(' 8 = 1e-3 '), { resolutions: { 8: 0.001 } })
  for (const text of ['', '32', '32=', '=2', '32=-1', '32=a', '32=1e7', '32=2,', 'a=1=2', 'head1=NaN', '32=Infinity'])
    assert.throws(
      () => parseWeights(text),
      (error) => error instanceof AdzusError && /options \(weights\): expected NAME=FACTOR/.test(error.message),
      text,
    )
})
