/**
 * @file What backends tell of their work, on each of them, and what listeners make of it: sums, debug lines, traces. Times are never compared with anything but each other.
 */
import assert from 'node:assert/strict'
import { gpu, waitForDevice } from '#platform'
import { openBackend } from '../src/open-backend.ts'
import type { Backend } from '../src/tensor/backend.ts'
import { cost } from '../src/tensor/cost.ts'
import { createCpuBackend } from '../src/tensor/cpu/plain.ts'
import { type DebugLevel, debugLines } from '../src/tensor/debug.ts'
import { groupNorm, type KernelEvent, linear, type StageEvent, Tensor, Totals, Trace } from '../src/tensor/index.ts'
import { tracks } from '../src/tensor/trace.ts'
import { openDevice } from '../src/tensor/webgpu/adapter.ts'
import { WebGpuBackend } from '../src/tensor/webgpu/backend.ts'
import { HostClock } from '../src/tensor/webgpu/host-clock.ts'
import { backends, type TestBackend, test, webgpu } from './support/backends.ts'

const [ROWS, CHANNELS] = [96, 64]
/** Dispatches of a submission are 64: the ops of several submissions must be told too. */
const ROUNDS = 50

/** Some products and norms, waited for. */
async function work(backend: Backend, rounds = ROUNDS): Promise<void> {
  const of = (...shape: number[]) => Tensor.from(backend, new Float32Array(shape.reduce((n, d) => n * d)).fill(0.5), shape)
  const [x, weight, gamma] = [of(1, ROWS, CHANNELS), of(CHANNELS, CHANNELS), of(CHANNELS)]
  for (let i = 0; i < rounds; i++) {
    const y = linear(x, weight)
    groupNorm(y, gamma, gamma, { groups: 8, eps: 1e-5 }).dispose()
    y.dispose()
  }
  await backend.flush()
  for (const t of [x, weight, gamma]) t.dispose()
}

const all: (Pick<TestBackend, 'open' | 'test'> & { name: string })[] = [
  { name: 'plain TypeScript', open: async () => createCpuBackend(), test },
  ...(await backends()),
  {
    name: 'webgpu without timestamps',
    open: async () => new WebGpuBackend({ ...(await openDevice(await gpu())), timestamps: false }, waitForDevice),
    test: (await webgpu()).test,
  },
]

for (const { name, open, test } of all)
  test(`${name}: kernels are told within their stage, with all operations and bytes`, async (t) => {
    const backend = await open()
    t.onTestFinished(() => backend.dispose())
    const kernels: KernelEvent[] = []
    const stages: StageEvent[] = []
    const totals = new Totals()
    const stop = [
      backend.profile.listen({ onKernel: (e) => kernels.push(e), onStage: (e) => stages.push(e) }),
      backend.profile.listen(totals),
    ]
    await backend.profile.stage('work', () => work(backend))

    assert.deepEqual([stages.length, stages[0]!.name, stages[0]!.failed], [1, 'work', false])
    const [stage] = stages as [StageEvent]
    let before = stage.start
    for (const { start, milliseconds, label } of kernels) {
      assert.ok(milliseconds >= 0 && start >= before - 1e-6, `${label} begins at ${start}, after ${before}`)
      before = start + milliseconds
      assert.ok(before <= stage.start + stage.milliseconds + 1e-6, `${label} ends at ${before}`)
    }
    assert.equal(
      kernels.every(({ waited }) => waited === true),
      name === 'webgpu without timestamps',
    )

    const product = kernels.filter(({ label }) => label.startsWith('matmul'))
    assert.ok(product.length >= ROUNDS && product.every(({ label }) => label.includes(`[1, ${ROWS}, ${CHANNELS}]`)))
    const x = Tensor.empty(backend, [ROWS, CHANNELS])
    const b = Tensor.empty(backend, [CHANNELS, CHANNELS])
    const gamma = Tensor.empty(backend, [CHANNELS])
    // What an op costs is told once, by however many kernels it is computed.
    for (const [op, one] of [
      ['matmul', cost('matmul', { a: x, b, out: x, batch: 1, m: ROWS, n: CHANNELS, k: CHANNELS } as never)],
      ['groupNorm', cost('groupNorm', { x, gamma, beta: gamma, out: x } as never)],
    ] as const)
      for (const field of ['flops', 'bytes'] as const) {
        const told = kernels.filter(({ label }) => label.startsWith(op)).reduce((n, e) => n + e[field], 0)
        assert.ok(Math.abs(told / (ROUNDS * one[field]) - 1) < 1e-9, `${op}: ${field}`)
      }

    const rows = totals.rows()
    assert.deepEqual(rows.map((r) => r.name).sort(), [...new Set(kernels.map((e) => e.name))].sort())
    for (const row of rows) {
      const own = kernels.filter((e) => e.name === row.name)
      assert.equal(row.calls, own.length)
      for (const field of ['milliseconds', 'flops', 'bytes'] as const)
        assert.equal(
          row[field],
          own.reduce((n, e) => n + e[field], 0),
        )
    }

    const told = kernels.length
    await backend.profile.unmeasured(() => work(backend, 1))
    assert.equal(kernels.length, told, 'measured in between')
    for (const end of stop) end()
    assert.equal(backend.profile.wantsKernels, false)
    await backend.profile.stage('later', () => work(backend, 1))
    assert.deepEqual([kernels.length, stages.length], [told, 1], 'told to those who had left')
  })

test('stages that fail are told as such, with the error passed on', async () => {
  const { profile } = createCpuBackend()
  const stages: StageEvent[] = []
  profile.listen({ onStage: (e) => stages.push(e) })
  await assert.rejects(
    profile.stage('bad', async () => {
      throw new Error('no')
    }),
    /no/,
  )
  assert.deepEqual(
    stages.map(({ name, failed }) => [name, failed]),
    [['bad', true]],
  )
  assert.equal(profile.wantsKernels, false, 'who hears stages only wants no kernel measured')
})

for (const { name, open, test } of all.filter(({ name }) => !name.includes('without')))
  test(`${name}: debug lines by level`, async () => {
    const sourced = name !== 'plain TypeScript'
    for (const level of [1, 2, 3] as DebugLevel[]) {
      const backend = await open()
      const lines: string[] = []
      backend.profile.listen(debugLines(level, (line) => lines.push(line)))
      await backend.profile.stage('work', () => work(backend, 2))
      await backend.dispose()
      const kinds = new Set(lines.map((line) => /^\[(\w+)\] /.exec(line)?.[1]))
      assert.deepEqual(
        [...kinds].sort(),
        ['kernel', ...(sourced ? ['source'] : []), 'stage'].filter((k) => k === 'stage' || level >= (k === 'kernel' ? 2 : 3)),
      )
      assert.match(lines.at(-1)!, /^\[stage\] work: [\d.]+ ms$/)
      if (level >= 2)
        assert.ok(
          lines.some((line) => /^\[kernel\] matmul.*: [\d.]+ ms, [\d.]+ GFLOP\/s, [\d.]+ GB\/s · matmul a \[1, 96, 64\]/.test(line)),
        )
      if (level === 3 && sourced) {
        const sources = lines.filter((line) => line.startsWith('[source]'))
        assert.equal(new Set(sources).size, sources.length, 'a source is told once')
        const pattern =
          name === 'webgpu'
            ? /^\[source\] matmul.*\n[\s\S]*struct Params[\s\S]*fn main\(/
            : /^\[source\] matmul a \[1, 96, 64\].*\n(?:a step on the host\n)?gemm, \d+ tasks?: a \d+/
        assert.ok(sources.some((line) => pattern.test(line)))
      }
    }
  })

test('the device’s clock on the host’s: between submission and its end, in order, however far apart the clocks are', () => {
  const clock = new HostClock()
  const boot = 10n ** 18n
  const times = (...ms: number[]) => BigInt64Array.from(ms, (v) => boot + BigInt(Math.round(v * 1e6)))
  // It begins as soon as it is submitted, as far as anybody knows.
  assert.deepEqual(clock.spans(times(5, 6, 6, 8), 100, 110), [
    { start: 100, milliseconds: 1 },
    { start: 101, milliseconds: 2 },
  ])
  // The same offset (95) still holds.
  assert.deepEqual(clock.spans(times(20, 21), 114, 120), [{ start: 115, milliseconds: 1 }])
  // Here it would begin before it was submitted: the offset is 98 at least.
  assert.deepEqual(clock.spans(times(30, 31), 128, 140), [{ start: 128, milliseconds: 1 }])
  // And here it would end too late: 90 at most.
  assert.deepEqual(clock.spans(times(50, 51), 139, 141), [{ start: 140, milliseconds: 1 }])
  // The clock was reset in between, and within a dispatch.
  assert.deepEqual(clock.spans(times(-900, -899), 150, 160), [{ start: 150, milliseconds: 1 }])
  assert.equal(clock.spans(times(7, 3), 170, 180)[0]!.milliseconds, 0)
})

test('tracks: what nests or is apart shares one, what overlaps does not', () => {
  const span = (name: string, start: number, end: number) => ({ name, start, milliseconds: end - start })
  const found = tracks([span('child', 1, 4), span('next', 10, 12), span('parent', 0, 10), span('across', 8, 11), span('last', 4, 10)])
  assert.deepEqual(
    found.map((track) => track.map(({ name }) => name)),
    [['parent', 'child', 'last', 'next'], ['across']],
  )
})

test('a trace is JSON, also with nothing in it', () => {
  const traced = (tell: (trace: Trace) => void) => {
    let text = ''
    const trace = new Trace('a "device"', (piece) => {
      text += piece
    })
    tell(trace)
    trace.end()
    return JSON.parse(text).traceEvents as {
      name: string
      ph: string
      tid: number
      ts: number
      dur: number
      args: Record<string, unknown>
    }[]
  }
  assert.deepEqual(
    traced(() => {})
      .map(({ name, args }) => [name, args['name']])
      .slice(0, 2),
    [
      ['process_name', 'adzus'],
      ['thread_name', 'kernels: a "device"'],
    ],
  )
  const events = traced((trace) => {
    trace.onKernel({ name: 'k', label: 'matmul a [2]', start: 1.5, milliseconds: 2, flops: 4e6, bytes: 1e6 })
    trace.onStage({ name: 's', start: 1.5, milliseconds: 2, failed: true, beside: false })
  })
  const [kernel, stage] = events.filter(({ ph }) => ph === 'X')
  assert.deepEqual(
    [kernel!.ts, kernel!.dur, kernel!.args],
    [1500, 2000, { shape: 'matmul a [2]', 'GFLOP/s': 2, 'GB/s': 0.5, flops: 4e6, bytes: 1e6 }],
  )
  assert.deepEqual([stage!.name, stage!.args], ['s', { failed: true }])
  const named = new Map(events.filter(({ name }) => name === 'thread_name').map(({ tid, args }) => [tid, args['name']]))
  assert.deepEqual([named.get(kernel!.tid), named.get(stage!.tid)], ['kernels: a "device"', 'stages'])
})

test('threads: from the options, within bounds', async () => {
  const one = await openBackend('cpu', { threads: 1 })
  assert.match(one.description, /1 thread\)|TypeScript/)
  await one.dispose()
  for (const threads of [0, 257, 1.5, Number.NaN])
    await assert.rejects(openBackend('cpu', { threads }), /threads.*a whole number from 1 to 256, got/)
})
