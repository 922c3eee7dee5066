/**
 * @file The plan: the second image meets the memory, bind groups and pipelines of the first; a dry run says beforehand what is held; and what is printed of it.
 */
import assert from 'node:assert/strict'
import { gpu } from '#platform'
import { bound } from '../bench/roofline.ts'
import { Adzus, type Plan, type Step } from '../src/index.ts'
import { embeddedModel } from '../src/platform/directory.ts'
import { Pool } from '../src/tensor/pool.ts'
import { openDevice } from '../src/tensor/webgpu/adapter.ts'
import { WebGpuBackend } from '../src/tensor/webgpu/backend.ts'
import { backends, test, webgpu } from './support/backends.ts'
import { adzus, filesBelow, temporaryFolder } from './support/cli.ts'
import { hollow } from './support/hollow.ts'
import { disc } from './support/pictures.ts'
import { random } from './support/random.ts'

const SIDE = 256
const data = disc(SIDE, SIDE)
const picture = { width: SIDE, height: SIDE, data }
/** Of the same size, but with other segments. */
const other = { width: SIDE, height: SIDE, data: data.map((v, i) => (Math.floor(i / (3 * SIDE)) % 64 < 32 ? 255 - v : v)) }

for (const { name, open, test } of await backends()) {
  test(`the second image makes no buffer, bind group or pipeline on ${name}`, async () => {
    const backend = await open()
    const instance = await Adzus.load(undefined, { backend })
    const loaded = backend.counts
    await instance.segment(picture)
    const first = backend.counts
    if (name === 'webgpu')
      for (const what of ['buffers', 'bindGroups', 'pipelines'] as const) assert.ok(first[what] > loaded[what] + 20, what)
    await instance.segment(picture)
    assert.deepEqual(backend.counts, first)
    // The number of proposals differs, and with it shapes: memory serves all the same.
    await instance.segment(other)
    assert.equal(backend.counts.buffers, first.buffers)
    await instance.dispose()
    await backend.dispose()
  })

  test(`the plan says what is in use and held on ${name}`, async () => {
    const backend = await open()
    const { memory } = await Adzus.plan(embeddedModel(), backend)
    const instance = await Adzus.load(undefined, { backend })
    const before = backend.memory.held
    const { peakBytes } = await instance.segment(picture)
    assert.ok(Math.abs(peakBytes / memory.peak - 1) < 0.01, `${peakBytes} against ${memory.peak}`)
    const held = backend.memory.held - before
    // A WebAssembly memory grows by 16 MiB at least, and may have begun with as much.
    const most = name === 'webgpu' ? 0.03 * memory.held : 2 ** 25
    assert.ok(Math.abs(held - memory.held) < most, `${held} against ${memory.held}`)
    await instance.dispose()
    assert.ok(name === 'cpu' || backend.memory.held < 2 ** 20, 'a disposed model leaves nothing waiting')
    await backend.dispose()
  })
}

const { test: testWebGpu } = await webgpu()

testWebGpu('kernels compile while weights are on their way', async () => {
  const opened = await openDevice(await gpu())
  // As if it were a graphics card: a software adapter gains nothing by compiling ahead.
  const backend = new WebGpuBackend({ ...opened, software: false })
  const instance = await Adzus.load(undefined, { backend })
  const { pipelines } = backend.counts
  assert.ok(pipelines > 20, `${pipelines}`)
  // That the plan named them all is not needed for running: where the proposals are no multiple of 4, rounds of merging add two products and two sums.
  await instance.segment({ width: 8, height: 8, data: new Uint8Array(192) })
  assert.ok(backend.counts.pipelines - pipelines <= 4, `${backend.counts.pipelines} after ${pipelines}`)
  await instance.dispose()
  await backend.dispose()
  const software = new WebGpuBackend({ ...(await openDevice(await gpu())), software: true })
  assert.equal(software.precompile, undefined)
  await software.dispose()
})

const sum = (steps: readonly Step[], field: 'flops' | 'bytes') => steps.reduce((n, s) => n + s[field], 0)

test('the plan of Stable Diffusion 1.5 at 512 × 512, from headers alone', async () => {
  const files = await hollow('sd1')
  const plan = await Adzus.plan(files, { kind: 'webgpu', maxTensorBytes: 2 ** 31 }, {}, { size: 512 })
  const { memory, stages, steps } = plan
  assert.deepEqual(
    stages.map((s) => s.name),
    ['text', 'vae', 'unet', 'aggregate', 'group', 'label', 'foreground'],
  )
  for (const { name, steps: count, flops, bytes, peak } of stages) {
    const own = steps.filter((s) => s.stage === name)
    assert.deepEqual([count, flops, bytes, peak], [own.length, sum(own, 'flops'), sum(own, 'bytes'), Math.max(...own.map((s) => s.live))])
  }
  // 860 million parameters of the UNet and 34 million of the VAE's encoder, in 2 bytes each, vectors in 4.
  assert.ok(memory.weights > 2 * 894e6 && memory.weights < 2.01 * 894e6, `${memory.weights}`)
  assert.ok(memory.peak === memory.weights + memory.least && memory.least < memory.held && memory.held < memory.sum)
  // The pool's policy: one buffer a tensor cannot do with the least, but comes near.
  assert.ok(memory.held < 1.6 * memory.least, `${memory.held} against ${memory.least}`)
  // The first convolution: 3 × 3 × 3 → 128 channels on all pixels.
  const [first] = steps.filter((s) => s.stage === 'vae')
  assert.deepEqual([first.op, first.layer, first.flops], ['conv2d', 'encoder.conv_in', 2 * 27 * 128 * 512 * 512])
  const maps = steps.filter((s) => s.op === 'attentionMap')
  assert.equal(maps.length, 16)
  assert.match(maps[0].shape, /q \[1, 4096, 320\]/)
})

test('a repeated computation gets the same blocks from the pool, none of them new', () => {
  const rng = random(11)
  let made = 0
  const pool = new Pool<number>({ create: () => made++, destroy: () => assert.fail('nothing is given up') }, { cap: Infinity })
  const script = Array.from({ length: 400 }, () => ({
    bytes: Math.ceil(2 ** rng.int(0, 22) * (1 + rng.int(0, 99) / 100)),
    free: rng.chance(0.5),
  }))
  const sizes = new Map<number, number>()
  const run = (): number[] => {
    const used: number[] = []
    const taken: number[] = []
    for (const { bytes, free } of script) {
      const handle = pool.take(bytes, '')!
      if (!sizes.has(handle)) sizes.set(handle, bytes)
      assert.ok(sizes.get(handle)! + 15 >= bytes && !used.includes(handle))
      used.push(handle)
      taken.push(handle)
      // Always the same one of those in use.
      if (free || used.length > 20) pool.give(used.splice(Math.floor(used.length / 2), 1)[0])
    }
    for (const handle of used) pool.give(handle)
    return taken
  }
  const first = run()
  assert.ok(made > 20 && made < 300)
  const created = pool.created
  assert.deepEqual(run(), first)
  assert.deepEqual([pool.created, made], [created, created])
})

test('the pool: no block is far too large, the longest waiting goes first, and what waits makes room', () => {
  const gone: number[] = []
  let made = 0
  let room = Infinity
  const pool = new Pool<number>(
    {
      create: (bytes) => (bytes <= room ? made++ : undefined),
      destroy: (handle) => {
        gone.push(handle)
        room = Infinity
      },
    },
    { cap: 20 * 2 ** 20 },
  )
  const take = (mebibytes: number) => pool.take(mebibytes * 2 ** 20, '')!
  const [a, b] = [take(9), take(1)]
  pool.give(a)
  assert.equal(take(1), 2, 'nine times too large')
  assert.equal(take(2), a)
  pool.give(b)
  pool.give(a)
  assert.deepEqual([gone, pool.held], [[], 11 * 2 ** 20])
  pool.give(take(12))
  assert.deepEqual([gone, pool.held], [[b, a], 13 * 2 ** 20])
  room = 0
  assert.equal(take(13), 4, 'made after all')
  assert.deepEqual(gone, [b, a, 3])
  room = 0
  assert.equal(take(1), undefined)
})

test('a roofline takes the longer of computing and moving, step by step', () => {
  const device = { flops: 1e12, bandwidth: 1e11 }
  const [computes, moves] = [
    { flops: 3e12, bytes: 1e11 },
    { flops: 1e11, bytes: 2e11 },
  ]
  assert.deepEqual(bound([computes], device), { milliseconds: 3000, by: 'compute' })
  assert.deepEqual(bound([moves], device), { milliseconds: 2000, by: 'memory' })
  assert.deepEqual(bound([computes, moves, moves], device), { milliseconds: 7000, by: 'memory' })
})

test('segment --explain prints the plan, without images and without writing anything', async (t) => {
  const folder = await temporaryFolder(t)
  const args = ['segment', '--explain', '--backend', 'cpu']
  const text = await adzus(args, { cwd: folder })
  assert.equal(text.code, 0, text.stderr)
  assert.match(text.stdout, /adzus-tiny at 256 × 256 on cpu/)
  for (const line of [/^unet +\d+ /m, /^ +attentionMap +10 /m, /Held for them.* MiB/, /The least possible.* MiB/])
    assert.match(text.stdout, line)
  const verbose = await adzus([...args, '--verbose', '--size', '128', 'nothing.png'], { cwd: folder })
  assert.match(verbose.stdout, /at 128 × 128/)
  assert.match(verbose.stdout, /conv2d {2}encoder\.conv_in {2}x \[1, 128, 128, 3\]/)
  const plan: Plan = JSON.parse((await adzus([...args, '--json'], { cwd: folder })).stdout)
  assert.deepEqual(plan, JSON.parse(JSON.stringify(await Adzus.plan(embeddedModel(), { kind: 'cpu', maxTensorBytes: 2 ** 31 - 16 }))))
  assert.deepEqual(await filesBelow(folder), [])
})
