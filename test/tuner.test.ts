/**
 * @file The tuner, on a backend that has several ways to compute a sum: a right one, a slow one and a wrong one.
 */
import assert from 'node:assert/strict'
import type { AppCache } from '#platform'
import { dryRun } from '../src/adzus/dry-run.ts'
import { keepTuning, recallTuning } from '../src/adzus/tuning.ts'
import { Adzus } from '../src/index.ts'
import { embeddedModel, openDirectory } from '../src/platform/directory.ts'
import type { OpName, OpTable, Tuning } from '../src/tensor/backend.ts'
import { Choices, nameOf } from '../src/tensor/choices.ts'
import { createCpuBackend, PlainEngine } from '../src/tensor/cpu/plain.ts'
import { DryBackend } from '../src/tensor/dry.ts'
import { CpuBackend } from '../src/tensor/host/backend.ts'
import { linear } from '../src/tensor/index.ts'
import { Tensor } from '../src/tensor/tensor.ts'
import { type Question, tune } from '../src/tensor/tuner.ts'
import { test, webgpu } from './support/backends.ts'
import { disc } from './support/pictures.ts'

const WAYS = ['slow', 'wrong', 'fast'] as const
const ROWS = 4

/** Adds rows up; the way that is chosen decides how often, and whether the first sum is right. */
class ThreeWays extends CpuBackend {
  readonly tuning: Tuning
  readonly asked: string[] = []

  constructor() {
    super(new PlainEngine())
    const choices = new Choices()
    this.tuning = { choices, automatic: true, tune: (ask, options) => tune(this, choices, ask, options) }
  }

  override run<K extends OpName>(op: K, args: OpTable[K]): void {
    const way = this.tuning.choices.choose('sums', WAYS)
    this.asked.push(way)
    for (let i = 0; i < (way === 'slow' ? 30 : 1); i++) super.run(op, args)
    if (way !== 'wrong') return
    const { out } = args as OpTable['reduce']
    this.write(out.storage, 4 * (ROWS - 1), new Uint8Array(Float32Array.of(1e6).buffer))
  }
}

/** What a dry run would ask. */
function question(): Question {
  const cpu = createCpuBackend()
  const x = Tensor.empty(cpu, [ROWS, 20_000, 1])
  const out = Tensor.empty(cpu, [ROWS, 1])
  return { key: 'sums', op: 'reduce', args: { x, out, fn: 'sum', outer: ROWS, length: 20_000, inner: 1 }, candidates: WAYS, flops: 1 }
}

test('the fastest right candidate is kept; a wrong one is out, however fast', async () => {
  const backend = new ThreeWays()
  const answers: string[] = []
  await backend.tuning.tune(async () => [question()], {
    onAnswer: ({ best, times }) => answers.push(`${best}, wrong: ${[...times].filter(([, ms]) => ms === undefined).map(([name]) => name)}`),
  })
  assert.deepEqual(answers, ['fast, wrong: wrong'])
  assert.equal(backend.tuning.choices.choose('sums', WAYS), 'fast')
  assert.equal(backend.tuning.choices.choose('other sums', WAYS), 'slow', 'what was not asked keeps the first candidate')
  assert.equal(backend.memory.live, 0, 'nothing of the measurements stays in memory')
})

test('what is known is not measured again; without time nothing is', async () => {
  const known = new ThreeWays()
  known.tuning.choices.best.set('sums', 'wrong')
  await known.tuning.tune(async () => [question()])
  assert.deepEqual(known.asked, [])
  const hurried = new ThreeWays()
  await hurried.tuning.tune(async () => [question()], { budget: -1 })
  assert.deepEqual([hurried.asked, hurried.tuning.choices.best.size], [[], 0])
})

test('a remembered name that no candidate has any more means the first one', () => {
  const choices = new Choices()
  choices.best.set('sums', 'a kernel of an older version')
  assert.equal(choices.choose('sums', WAYS), 'slow')
})

test('answers are kept by adapter; a note that cannot be read is as good as none', async () => {
  const notes = new Map<string, Uint8Array>()
  const cache: AppCache = {
    get: async (name) => notes.get(name),
    put: async (name, bytes) => {
      notes.set(name, bytes)
    },
  }
  const [first, second] = [new ThreeWays(), new ThreeWays()]
  first.tuning.choices.best.set('sums', 'fast')
  await keepTuning(first, cache)
  await recallTuning(second, cache)
  assert.deepEqual([...second.tuning.choices.best], [['sums', 'fast']])
  for (const name of notes.keys()) notes.set(name, new TextEncoder().encode('{"sums": "fa'))
  const third = new ThreeWays()
  await recallTuning(third, cache)
  assert.equal(third.tuning.choices.best.size, 0)
})

test('kernels in f16 are offered where the adapter has f16 and weights are stored so, never first', () => {
  const offered = (half: boolean, dtype: 'f16' | 'f32') => {
    const dry = new DryBackend({ kind: 'webgpu', maxTensorBytes: 2 ** 27, traits: { lanes: 32, software: false, half } })
    linear(Tensor.empty(dry, [1024, 320]), Tensor.empty(dry, [320, 320], dtype))
    return [...dry.questions.values()].flatMap(({ candidates }) => candidates.map((c) => nameOf(c).includes('half')))
  }
  assert.ok([offered(false, 'f16'), offered(true, 'f32')].flat().every((half) => !half))
  const all = offered(true, 'f16')
  assert.ok(all.includes(true) && !all[0])
})

const { open, test: testWebGpu } = await webgpu()

testWebGpu('a tuned model gives the labels of an untuned one', async () => {
  const adzus = await Adzus.load(undefined, { backend: 'webgpu' })
  try {
    const image = { width: 64, height: 64, data: disc(64, 64) }
    const before = await adzus.segment(image, { size: 64 })
    let answers = 0
    // Software adapters take a second or more to compile a candidate: a few answers have to do.
    await adzus.tune({ size: 64, budget: 4000, onAnswer: () => answers++ })
    assert.ok(answers > 0)
    const after = await adzus.segment(image, { size: 64 })
    const different = [...before.labels].filter((label, i) => label !== after.labels[i]).length
    assert.ok(different <= before.labels.length / 1000, `${different} of ${before.labels.length} labels differ`)
  } finally {
    await adzus.dispose()
  }
})

testWebGpu('what is measured is what a batch of that size will ask', async () => {
  const backend = await open()
  const { best } = backend.tuning!.choices
  const expect = { size: 64, batch: 4 }
  const files = await openDirectory(embeddedModel())
  const questions = async (size: number, batch: number) => {
    const dry = new DryBackend(backend)
    await dryRun({ files }, dry, { size }, batch)
    return [...dry.questions.values()]
  }
  const single = new Set((await questions(expect.size, 1)).map((q) => q.key))
  const all = await questions(expect.size, expect.batch)
  const [one, ...others] = all.filter((q) => !single.has(q.key)).sort((a, b) => a.flops - b.flops)
  assert.ok(one, 'a batch asks nothing of its own')
  // All the rest counts as known, since a software adapter takes its time for every answer.
  for (const { key, candidates } of [...all.filter((q) => single.has(q.key)), ...others]) best.set(key, nameOf(candidates[0]))
  const before = new Set(best.keys())
  const adzus = await Adzus.load(undefined, { backend, tune: true, expect })
  const found = [...best.keys()].filter((key) => !before.has(key))
  assert.ok(found.includes(one.key), `measured ${found}, not ${one.key}`)
  await adzus.dispose()
  await backend.dispose()
})
