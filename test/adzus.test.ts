/** @file The pipeline as a library: options, foreground, segments, noise, failures and memory. Networks run on the CPU at a small size. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { afterAll, test } from 'vitest'
import { chooseForeground, type Labelled, maskOf, parseForeground } from '../src/adzus/foreground.ts'
import { oracle, overlap } from '../src/adzus/metrics.ts'
import { latentAt } from '../src/adzus/noising.ts'
import type { SegmentOptions } from '../src/adzus/options.ts'
import { resolveOptions } from '../src/adzus/resolve-options.ts'
import { regionProperties, relabel } from '../src/adzus/segments.ts'
import { Config } from '../src/checkpoint/config.ts'
import { AdzusError } from '../src/errors.ts'
import { Adzus, type Segmentation } from '../src/index.ts'
import { openBackend } from '../src/open-backend.ts'
import { gaussian } from '../src/scheduler/gaussian.ts'
import { NoiseSchedule } from '../src/scheduler/schedule.ts'
import { Tensor } from '../src/tensor/index.ts'
import { modelWithWords } from './support/embedded-with.ts'
import { UNCHOSEN } from './support/parameters.ts'
import { disc, writePng } from './support/pictures.ts'

const [WIDTH, HEIGHT] = [60, 40]
const image = { width: WIDTH, height: HEIGHT, data: disc(WIDTH, HEIGHT) }
const FAST: SegmentOptions = { size: 64, thresholds: [0.2, 0.2, 0.2] }

const backend = await openBackend('cpu')
const adzus = await Adzus.load(await modelWithWords(), { backend })
const plain = await adzus.segment(image, FAST)
afterAll(async () => {
  await adzus.dispose()
  await backend.dispose()
})

const differences = (a: Segmentation, b: Segmentation) => Array.from(a.labels).reduce((n, v, i) => n + (v === b.labels[i] ? 0 : 1), 0)

test('a segmentation has the picture’s size, consecutive labels and a mask of its foreground', () => {
  const { width, height, labels, mask, segments, parameters } = plain
  assert.deepEqual([width, height], [WIDTH, HEIGHT])
  assert.ok(segments.length > 1)
  assert.deepEqual(
    [...new Set(labels)].sort((a, b) => a - b),
    segments.map((s) => s.id),
  )
  assert.equal(mask.length, WIDTH * HEIGHT)
  assert.deepEqual([...new Set(mask)].sort(), [0, 255])
  assert.ok(segments.some((s) => s.foreground))
  assert.equal(parameters.foreground, 'auto')
  assert.deepEqual([...plain.image.data], [...image.data])
})

test('a chosen segment is the mask', async () => {
  const { labels, mask, segments } = await adzus.segment(image, { ...FAST, foreground: 'center' })
  assert.ok(mask.every((v, i) => v === (segments[labels[i] - 1].foreground ? 255 : 0)))
  assert.equal(segments.filter((s) => s.foreground).length, 1)
})

test('the same picture gives the same labels: again, as a file, and after others', async () => {
  const other = await adzus.segment({ ...image, data: image.data.map((v) => 255 - v) }, FAST)
  assert.ok(differences(plain, other) > 0)
  const bytes = writePng({ ...image, colour: 'rgb', depth: 8, samples: image.data })
  for (const again of [await adzus.segment(image, FAST), await adzus.segment(bytes, FAST)]) assert.deepEqual(again.labels, plain.labels)
})

test('calls at the same time do not disturb each other', async () => {
  const results = await Promise.all([
    adzus.segment(image, FAST),
    adzus.segment(image, { ...FAST, foreground: 'all' }),
    adzus.segment(image, FAST),
  ])
  for (const { labels } of results) assert.deepEqual(labels, plain.labels)
  assert.ok(results[1].mask.every((v) => v === 255))
})

test('options change the result', async () => {
  const cases: SegmentOptions[] = [
    { timesteps: [900] },
    { noise: 3 },
    { denoise: 2, noise: 3 },
    { resolutions: [4] },
    { layers: ['mid_block'] },
    { heads: [0] },
    { anchors: 2 },
    { size: [96, 64] },
  ]
  for (const options of cases)
    assert.ok(differences(plain, await adzus.segment(image, { ...FAST, ...options })) > 0, JSON.stringify(options))
})

test('noise is reproducible, and another seed is another noise', async () => {
  const run = (noise: number) => adzus.segment(image, { ...FAST, noise, timesteps: [800] })
  const first = await run(1)
  assert.deepEqual((await run(1)).labels, first.labels)
  assert.ok(differences(first, await run(2)) > 0)
})

test('an infinite threshold gives one segment, a tiny one many', async () => {
  const one = await adzus.segment(image, { ...FAST, thresholds: [Infinity, Infinity] })
  assert.equal(one.segments.length, 1)
  assert.ok(one.labels.every((v) => v === 1))
  const many = await adzus.segment(image, { ...FAST, thresholds: [1e-9, 1e-9, 1e-9] })
  assert.ok(many.segments.length > 2 * plain.segments.length)
})

test('words choose a foreground', async () => {
  const { parameters, segments, labels, mask } = await adzus.segment(image, { ...FAST, foreground: { text: 'a red cell' } })
  assert.deepEqual([parameters.prompt, parameters.foreground], ['a red cell', 'text'])
  const apart = await adzus.segment(image, { ...FAST, prompt: 'a red cell', foreground: 'text' })
  assert.deepEqual(apart.mask, mask)
  const other = await adzus.segment(image, { ...FAST, prompt: 'a red cell' })
  assert.deepEqual(other.labels, labels, 'the prompt alone conditions the UNet')
  assert.equal(other.parameters.foreground, 'auto')
  assert.ok(segments.some((s) => s.foreground) && labels.length === WIDTH * HEIGHT)
})

test('single heads can be looked at', async () => {
  const all = await adzus.attention(image, { size: 64 })
  const some = await adzus.attention(image, { size: 64, layers: ['mid_block'], heads: [1] })
  assert.equal(some.length, 1)
  const [{ layer, head, grid, probabilities }] = some
  const keys = grid.h * grid.w
  assert.equal(probabilities.length, keys ** 2)
  for (let q = 0; q < keys; q++) assert.ok(Math.abs(probabilities.subarray(q * keys, (q + 1) * keys).reduce((a, b) => a + b, 0) - 1) < 1e-5)
  assert.deepEqual(all.find((m) => m.layer === layer && m.head === head)!.probabilities, probabilities)
})

test('failing calls leave no memory behind and the model usable', async () => {
  const { live } = backend.memory
  const stages: string[] = []
  await adzus.segment(image, { ...FAST, foreground: { text: 'cell' }, onProgress: (stage) => stages.push(stage) })
  assert.deepEqual(stages, ['decode', 'text', 'vae', 'unet', 'aggregate', 'group', 'label', 'foreground'])
  // The context of a text is kept; everything else is given back.
  const kept = backend.memory.live
  assert.ok(kept - live < 2 ** 20)
  for (const stop of stages) {
    const stopping = (stage: string) => {
      if (stage === stop) throw new Error(`stop at ${stop}`)
    }
    await assert.rejects(
      adzus.segment(image, { ...FAST, foreground: { text: 'cell' }, onProgress: stopping }),
      new RegExp(`stop at ${stop}`),
    )
    assert.equal(backend.memory.live, kept, stop)
  }
  const calls: [() => Promise<unknown>, RegExp][] = [
    [() => adzus.segment(new Uint8Array(10), { name: 'x.png' }), /x\.png/],
    [() => adzus.segment({ width: 1, height: 1, data: new Uint8Array(3) }), /1 × 1/],
    [() => adzus.segment(image, { ...FAST, foreground: { point: [60, 0] } }), /foreground: point/],
    [() => adzus.segment(image, { ...FAST, layers: ['nowhere'] }), /nowhere/],
    [() => adzus.segment(image, { ...FAST, timesteps: [900], denoise: 200 }), /steps down to time step 900/],
    [() => adzus.attention(image, { ...FAST, heads: [7] }), /heads/],
  ]
  for (const [call, message] of calls) {
    await assert.rejects(call(), (error) => error instanceof AdzusError && message.test(error.message))
    assert.equal(backend.memory.live, kept, String(message))
  }
  assert.deepEqual((await adzus.segment(image, FAST)).labels, plain.labels)
})

test('an AbortSignal ends a call between stages', async () => {
  const { live } = backend.memory
  await assert.rejects(adzus.segment(image, { ...FAST, signal: AbortSignal.abort() }), { name: 'AbortError' })
  const abort = new AbortController()
  const seen: string[] = []
  const onProgress = (stage: string) => {
    seen.push(stage)
    if (stage === 'unet') abort.abort()
  }
  await assert.rejects(adzus.segment(image, { ...FAST, signal: abort.signal, onProgress }), { name: 'AbortError' })
  assert.equal(seen.at(-1), 'unet')
  assert.equal(backend.memory.live, live)
})

test('a disposed instance: everything is given back, a second time is fine, use is an error', async () => {
  const own = await openBackend('cpu')
  const short = await Adzus.load(undefined, { backend: own })
  const running = short.segment(image, FAST)
  await short.dispose()
  // What was called before ends first.
  assert.deepEqual((await running).labels, plain.labels)
  assert.equal(own.memory.live, 0)
  await short.dispose()
  await assert.rejects(short.segment(image, FAST), /expected an instance in use, got one that was disposed/)
  await assert.rejects(short.attention(image, FAST), /disposed/)
  // A backend that was handed over is still open.
  const x = Tensor.from(own, Float32Array.of(1), [1])
  assert.deepEqual([...(await x.floats())], [1])
  await own.dispose()
})

test('loading says what is wrong', async () => {
  await assert.rejects(Adzus.load('nowhere', { backend: 'cpu' }), /model \(nowhere\): expected a folder/)
  await assert.rejects(Adzus.load('package.json', { backend: 'cpu' }), /another kind of file/)
  await assert.rejects(Adzus.load('src', { backend: 'cpu' }), /diffusers layout \(model_index\.json, unet, vae/)
  await assert.rejects(Adzus.load(undefined, { backend: 'cuda' as never }), /auto, webgpu or cpu, got cuda/)
})

test('the hash of a model depends on every file', async () => {
  assert.match(await adzus.modelHash(), /^[0-9a-f]{64}$/)
  assert.equal(await adzus.modelHash(), await adzus.modelHash())
})

const DEFAULTS: Parameters<typeof resolveOptions>[1] = {
  size: [512, 512],
  timesteps: [300],
  method: { kind: 'diffseg', thresholds: [0.9, 0.9, 0.9], anchors: 16, refine: false },
  layers: null,
  emptyPrompt: 'encoded',
}
const resolve = (options: SegmentOptions) => resolveOptions(options, DEFAULTS, { cell: 8, steps: 1000, binds: () => true })

test('options: defaults, rounding, implications', () => {
  assert.deepEqual(resolve({}), {
    ...DEFAULTS,
    ...UNCHOSEN,
    prompt: '',
    foreground: 'auto',
  })
  assert.deepEqual(resolve({ size: 101 }).size, [104, 104])
  assert.deepEqual(resolve({ size: [100, 300] }).size, [104, 304])
  assert.equal(resolve({ denoise: 5 }).noise, 0)
  assert.equal(resolve({ denoise: 5, noise: 9 }).noise, 9)
  assert.deepEqual(resolve({ window: [-5, 7.5] }).window, [-5, 7.5])
  const percentiles: [number, number] = [0.5, 99.5]
  const { window } = resolve({ window: { percentiles }, orient: true })
  percentiles[0] = 50
  assert.deepEqual(window, { percentiles: [0.5, 99.5] })
  const list = [1]
  assert.notEqual(resolve({ heads: list }).heads, list, 'a copy, which later changes do not reach')
})

test('options that cannot be', () => {
  const bad: SegmentOptions[] = [
    { size: 0 },
    { size: 15 },
    { emptyPrompt: 'none' as 'zeros' },
    { size: Number.NaN },
    { size: [64, 8200] },
    { timesteps: [] },
    { timesteps: [1000] },
    { timesteps: [-1] },
    { timesteps: [0.5] },
    { thresholds: [] },
    { thresholds: [0] },
    { thresholds: [0.4, -0.1] },
    { thresholds: [Number.NaN] },
    { anchors: 1 },
    { anchors: 3.5 },
    { noise: -1 },
    { noise: 2 ** 32 },
    { denoise: 0 },
    { denoise: 1000 },
    { resolutions: [] },
    { layers: [] },
    { layers: [''] },
    { heads: [] },
    { edges: 'sharp' as 'cut' },
    { window: 'none' as 'auto' },
    { window: [5, 5] },
    { window: [Number.NaN, 5] },
    { window: [1, 2, 3] as unknown as [number, number] },
    { window: { percentiles: [-1, 50] } },
    { window: { percentiles: [50, 100.5] } },
    { window: { percentiles: [99, 1] } },
    { window: {} as 'auto' },
    { orient: 1 as unknown as boolean },
    // What a program without types may pass.
    ...Object.entries({ timesteps: 300, thresholds: 0.4, resolutions: 8, layers: 'mid', heads: 1 }).map(
      ([name, value]) => ({ [name]: value }) as SegmentOptions,
    ),
    ...[
      'centre',
      {},
      { points: [1, 2] },
      { point: 3 },
      { point: [1] },
      { point: [-1, 2] },
      { point: [Number.NaN, 2] },
      { box: [5, 0, 4, 9] },
      { text: ' ' },
    ].map((foreground) => ({ foreground }) as unknown as SegmentOptions),
  ]
  for (const options of bad) {
    const [name] = Object.keys(options)
    assert.throws(() => resolve(options), new RegExp(`options \\(${name}\\): expected`), JSON.stringify(options))
  }
  assert.throws(() => resolve({ thresholds: [Number.NaN] }), /got \[NaN\]/)
  assert.throws(() => resolve({ anchors: 1025 }), /from 2 to 1024, got 1025/)
  assert.throws(() => resolve({ denoise: 1000 }), /from 1 to 999, got 1000/)
})

test('labels become consecutive in the order of their proposals', () => {
  assert.deepEqual(relabel(Int32Array.of(5, 2, 5, 9)), { labels: Uint8Array.of(2, 1, 2, 3), proposals: [2, 5, 9] })
  assert.deepEqual(relabel(Int32Array.of(0, 0)).labels, Uint8Array.of(1, 1))
  const range = (n: number) => Int32Array.from({ length: n }, (_, i) => i)
  assert.ok(relabel(range(255)).labels instanceof Uint8Array)
  const many = relabel(range(256)).labels
  assert.ok(many instanceof Uint16Array)
  assert.equal(many[255], 256)
})

/** 10 × 8 pixels: 1 is the ground, 2 a bar of 2 × 4 inside, 3 the bottom row. */
const labels = Uint8Array.from({ length: 80 }, (_, i) => {
  const [x, y] = [i % 10, Math.floor(i / 10)]
  if (y === 7) return 3
  return x >= 4 && x < 6 && y >= 2 && y < 6 ? 2 : 1
})
const small = {
  width: 10,
  height: 8,
  data: Uint8Array.from({ length: 240 }, (_, i) => (labels[Math.floor(i / 3)] === 2 ? 50 * (i % 3) : 200)),
}
const segments = regionProperties(labels, 3, small)
const seen: Labelled = { labels, width: 10, height: 8, segments }

test('segments are measured', () => {
  const { id, area, bbox, centroid, meanColour, borderShare } = segments[1]
  assert.deepEqual(
    { id, area, bbox, centroid, meanColour, borderShare },
    { id: 2, area: 8, bbox: [4, 2, 2, 4], centroid: [4.5, 3.5], meanColour: [0, 50, 100], borderShare: 0 },
  )
  assert.deepEqual([segments[0].area, segments[2].area], [62, 10])
  assert.deepEqual(segments[2].bbox, [0, 7, 10, 1])
  // 32 pixels lie on the border.
  assert.deepEqual([segments[0].borderShare, segments[2].borderShare], [22 / 32, 10 / 32])
})

test('foreground: all, center, point, box, text', () => {
  const ids = (rule: Parameters<typeof chooseForeground>[0], heat?: number[]) => [...chooseForeground(rule, { ...seen, heat })]
  assert.deepEqual(ids('all'), [1, 2, 3])
  assert.deepEqual(ids('center'), [2])
  assert.deepEqual(ids({ point: [0, 0] }), [1])
  assert.deepEqual(ids({ point: [9.9, 7] }), [3])
  for (const point of [
    [10, 0],
    [0, 8],
    [-1, 0],
  ] as const)
    assert.throws(() => ids({ point }), /foreground: point.*x from 0 to 9 and y from 0 to 7/)
  assert.deepEqual(ids({ box: [3, 1, 6, 6] }), [2])
  assert.deepEqual(ids({ box: [0, 0, 9, 7] }), [1, 2, 3])
  assert.deepEqual(ids({ box: [0, 0, 99, 99] }), [1, 2, 3], 'what sticks out is cut off')
  // Half of a segment is not most of it; where no segment lies inside, the one with the largest share does.
  assert.deepEqual(ids({ box: [4, 2, 5, 3] }), [2])
  assert.deepEqual(ids({ box: [0, 0, 1, 1] }), [1])
  assert.throws(() => ids({ box: [5, 5, 4, 6] }), /foreground: box/)
  assert.throws(() => ids({ box: [20, 0, 30, 5] }), /foreground: box/)
  assert.deepEqual(ids('text', [1, 3, 2]), [2, 3])
  assert.deepEqual(ids('text', [1, 3, 1.9]), [2])
  assert.deepEqual(ids('text', [1, 1, 1]), [1, 2, 3])
  assert.deepEqual([...maskOf(labels, new Set([2]))].filter((v) => v === 255).length, 8)
})

test('foreground: what the command line takes', () => {
  assert.equal(parseForeground('auto'), 'auto')
  assert.deepEqual(parseForeground('point=3,4.5'), { point: [3, 4.5] })
  assert.deepEqual(parseForeground('box=0,1,2,3'), { box: [0, 1, 2, 3] })
  assert.deepEqual(parseForeground('text=a = b, c'), { text: 'a = b, c' })
  for (const text of [
    '',
    'center=1',
    'point=1',
    'point=1,',
    'point=1,-2',
    'box=5,0,4,9',
    '=',
    'toString=1',
    'box=1,2,3',
    'point=a,b',
    'text=',
    'text= ',
    'words=x',
    'auto=',
    'Infinity',
  ])
    assert.throws(() => parseForeground(text), /options \(foreground\)/, text)
})

test('Dice and IoU, and the oracle', () => {
  const [a, b] = [Uint8Array.of(255, 255, 255, 0, 0), Uint8Array.of(0, 1, 1, 1, 0)]
  assert.deepEqual(overlap(a, b), { dice: 2 / 3, iou: 0.5 })
  assert.ok(Number.isNaN(overlap(new Uint8Array(3), new Uint8Array(3)).dice))
  // A segment counts if more than half of it lies inside.
  assert.deepEqual([...oracle([1, 1, 1, 2, 2], 2, [1, 1, 0, 1, 0])], [255, 255, 255, 0, 0])
})

test('seeded normal numbers', () => {
  const values = gaussian(7, 100_001)
  assert.deepEqual(gaussian(7, 100_001), values)
  assert.deepEqual(gaussian(7, 10), values.slice(0, 10))
  assert.notDeepEqual(gaussian(8, 10), values.slice(0, 10))
  const mean = values.reduce((a, v) => a + v, 0) / values.length
  const variance = values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length
  assert.ok(Math.abs(mean) < 0.02 && Math.abs(variance - 1) < 0.02)
  assert.ok(values.every(Number.isFinite))
})

test('noise and denoising reach the time step that was asked for', async () => {
  const cpu = await openBackend('cpu')
  const schedule = new NoiseSchedule(new Config('schedule', {}))
  const latent = Tensor.from(cpu, Float32Array.of(1, -2, 0.5, 3), [1, 2, 2, 1])
  const epsilon = gaussian(5, 4)
  const asked: number[] = []
  // A network that knows the noise: whatever the path, the result is the latent with that noise.
  const predict = async (_: Tensor, t: number) => {
    asked.push(t)
    return Tensor.from(cpu, epsilon, [1, 2, 2, 1])
  }
  const at = async (t: number, options: { noise: number | null; denoise: number | null }) => {
    const state = await latentAt(latent, t, options, { schedule, predict })
    const values = await state.floats()
    state.dispose()
    return values
  }
  assert.deepEqual(await at(300, { noise: null, denoise: null }), await latent.floats())
  const { signal, noise } = schedule.noiseShares(300)
  const expected = Float32Array.of(1, -2, 0.5, 3).map((v, i) => signal * v + noise * epsilon[i])
  const near = (got: Float32Array) => assert.ok(got.every((v, i) => Math.abs(v - expected[i]) < 1e-4))
  near(await at(300, { noise: 5, denoise: null }))
  assert.deepEqual(asked, [])
  near(await at(300, { noise: 5, denoise: 3 }))
  assert.deepEqual(asked, [999, 766, 533])
  assert.deepEqual(schedule.denoisePath(300, 3), [999, 766, 533, 300])
  latent.dispose()
  assert.equal(cpu.memory.live, 0)
  await cpu.dispose()
})

test('the schedule: edges', () => {
  const schedule = new NoiseSchedule(new Config('schedule', {}))
  for (const t of [-1, 1000, 0.5]) assert.throws(() => schedule.noiseShares(t), /a whole number 0 … 999/)
  for (const n of [0, 1001, 1.5]) assert.throws(() => schedule.timesteps(n), /1 … 1000 steps/)
  assert.throws(() => schedule.denoisePath(999, 1), /steps down to time step 999/)
  for (const spacing of ['leading', 'linspace', 'trailing']) {
    const steps = new NoiseSchedule(new Config('schedule', { timestep_spacing: spacing, steps_offset: 0 })).timesteps(10)
    assert.equal(steps.length, 10)
    assert.ok(
      steps.every((t, i) => t >= 0 && t < 1000 && (i === 0 || t < steps[i - 1])),
      spacing,
    )
  }
  // x₀ and ε from what a network predicts, whichever that is, agree with the latent they make up.
  for (const prediction_type of ['epsilon', 'v_prediction', 'sample']) {
    const s = new NoiseSchedule(new Config('schedule', { prediction_type }))
    const { signal, noise } = s.noiseShares(500)
    const [x0, eps] = [0.7, -1.3]
    const x = signal * x0 + noise * eps
    const output = prediction_type === 'epsilon' ? eps : prediction_type === 'sample' ? x0 : signal * eps - noise * x0
    const [original, predicted] = [s.predictedOriginal(500), s.predictedNoise(500)]
    assert.ok(Math.abs(original.x * x + original.output * output - x0) < 1e-9, prediction_type)
    assert.ok(Math.abs(predicted.x * x + predicted.output * output - eps) < 1e-9, prediction_type)
  }
  assert.throws(() => new NoiseSchedule(new Config('s', { prediction_type: 'flow' })), /prediction_type/)
  assert.throws(() => new NoiseSchedule(new Config('s', { beta_schedule: 'cosine' })), /beta_schedule/)
})

test('a real photograph goes through', async () => {
  const photo = await readFile('data/bccd/images/BloodImage_00163.jpg')
  const { width, height, segments: found } = await adzus.segment(photo, FAST)
  assert.deepEqual([width, height], [640, 480])
  assert.equal(
    found.reduce((n, s) => n + s.area, 0),
    640 * 480,
  )
})
