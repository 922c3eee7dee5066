/**
 * @file Weights in panels: a product that finds its weight there gives the bytes that it gives by rows, for every type, shape and
 * number of threads, and nobody else sees that the order is another.
 */
import assert from 'node:assert/strict'
import { afterAll, test } from 'vitest'
import { openBackend } from '../src/open-backend.ts'
import { blockOf } from '../src/tensor/host/memory.ts'
import { affine, conv2d, linear, linearGeglu, matmul, release, Tensor } from '../src/tensor/index.ts'
import { panelsToRows } from '../src/tensor/wasm/weight-panels.ts'
import { f32, type Input, type OpCase, opCase, tensor } from './support/cases.ts'
import { near, TOLERANCE } from './support/compare.ts'
import { defined } from './support/definitions.ts'
import { random } from './support/random.ts'

const backends = await Promise.all([1, 2, 3].map((threads) => openBackend('cpu', { threads })))
const [backend] = backends
afterAll(async () => {
  for (const each of backends) await each.dispose()
})

const rng = random(21)
const upload = ({ data, shape }: Input, on = backend) => Tensor.from(on, data, shape)

/** The bits of a tensor as they lie in memory. */
function words(t: Tensor): Uint32Array {
  const { buffer, offset } = blockOf(t)
  return new Uint32Array(buffer, offset, t.bytes / 4).slice()
}

/** The bits of 8 rows at a time, word by word. */
function inPanels({ data, shape }: Input): Uint32Array {
  const all = new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4)
  const length = all.length / shape[0]
  return all.map((_, i) => {
    const [panel, word, row] = [Math.floor(i / (8 * length)), Math.floor(i / 8) % length, i % 8]
    return all[(8 * panel + row) * length + word]
  })
}

/** Products with a weight: [m, k, n], some with fewer rows than a tile, several blocks of k, or columns for several tasks. */
const SHAPES = [
  [1, 2, 8],
  [3, 6, 16],
  [5, 31, 24],
  [77, 420, 24],
  [12, 1030, 8],
  [7, 12, 648],
  [530, 12, 8],
  [9, 40, 13],
]

function* products(): Iterable<OpCase> {
  for (const half of [false, true])
    for (const [m, k, n] of SHAPES) {
      const inputs = { a: tensor(rng, [m, k]), b: tensor(rng, [n, k], { half }), bias: tensor(rng, [n]), residual: tensor(rng, [m, n]) }
      const shape = { batch: 1, m, n, k, transposeB: true, sharedB: true }
      yield opCase('matmul', inputs, f32([m, n]), { ...shape, alpha: 1, activation: 'none' })
      yield opCase('matmul', { ...inputs, bias: undefined }, f32([m, n]), { ...shape, alpha: 0.5, activation: 'silu' })
      if (n % 2 > 0) continue
      const gated = { x: inputs.a, weight: inputs.b, bias: inputs.bias }
      yield opCase('linearGeglu', gated, f32([m, n / 2]))
    }
  // Convolutions that no Winograd takes: of stride 2, of 1×1, of an odd number of channels.
  for (const half of [false, true])
    for (const [side, channels, filters, kernel, stride] of [
      [9, 6, 16, 3, 2],
      [12, 40, 8, 1, 1],
      [7, 5, 8, 3, 2],
      [4, 400, 8, 3, 2],
    ]) {
      const size = Math.ceil(side / stride)
      const inputs = { x: tensor(rng, [2, side, side, channels]), weight: tensor(rng, [filters, kernel, kernel, channels], { half }) }
      const pad = (kernel - 1) / 2
      yield opCase('conv2d', inputs, f32([2, size, size, filters]), { stride, top: pad, left: pad, activation: 'none' })
    }
}

test('the first, the second and the third product with a weight give the same bytes, with any number of threads', async () => {
  for (const c of products()) {
    const expected = defined(c)
    let bytes: Float32Array | undefined
    for (const on of backends) {
      const inputs = Object.fromEntries(Object.entries(c.inputs).map(([name, input]) => [name, upload(input, on)]))
      const weight = c.inputs['b'] ?? c.inputs['weight']
      for (const use of [1, 2, 3]) {
        const out = Tensor.empty(on, c.outputs['out'].shape)
        on.run(c.op, { ...inputs, ...c.args, out } as never)
        const got = await out.floats()
        if (!bytes) near(c, 'by rows', expected, { out: got }, TOLERANCE.wasm)
        bytes ??= got
        assert.deepEqual(got, bytes, `${c.name}, use ${use}`)
        out.dispose()
      }
      const stored = Tensor.from(on, weight.data, weight.shape)
      assert.deepEqual(await (inputs['b'] ?? inputs['weight']).floats(), await stored.floats(), c.name)
      release(stored, ...Object.values(inputs))
    }
  }
})

for (const half of [false, true])
  test(`a weight of ${half ? 'f16' : 'f32'} lies in panels from the second use on, in the same memory`, async () => {
    const input = tensor(rng, [24, 20], { half })
    const [x, weight] = [upload(tensor(rng, [3, 20])), upload(input)]
    const use = async () => {
      linear(x, weight).dispose()
      await backend.flush()
    }
    const rows = words(weight)
    await use()
    assert.deepEqual(words(weight), rows)
    backend.resetPeak()
    const { counts, memory } = backend
    await use()
    assert.deepEqual(words(weight), inPanels(input))
    assert.deepEqual(backend.counts, counts)
    assert.equal(backend.memory.live, memory.live)
    assert.ok(backend.memory.peak <= memory.live + 4 * 3 * 24 + 64)
    const back = words(weight)
    panelsToRows(back, rows.length / 24)
    assert.deepEqual(back, rows)
    await weight.floats()
    assert.deepEqual(words(weight), rows, 'by rows for who reads it')
    await use()
    assert.deepEqual(words(weight), rows, 'and for good')
    release(x, weight)
  })

/** A weight [n, k] in panels, with what it was made of. */
async function arranged(half: boolean) {
  const input = tensor(rng, [16, 16], { half })
  const [x, weight, twin] = [upload(tensor(rng, [16, 16])), upload(input), upload(input)]
  for (let i = 0; i < 2; i++) linear(x, weight).dispose()
  await backend.flush()
  assert.deepEqual(words(weight), inPanels(input))
  return { x, weight, twin, free: () => release(x, weight, twin) }
}

const READERS: Record<string, (x: Tensor, weight: Tensor) => Tensor> = {
  'a product by columns': (x, weight) => matmul(x, weight),
  'a batch of products': (x, weight) => matmul(x.reshape([2, 8, 16]), weight.reshape([2, 8, 16]), { transposeB: true }),
  'a product with another shape': (x, weight) => linear(x.reshape([32, 8]), weight.reshape([32, 8])),
  'a convolution by Winograd': (x, weight) => conv2d(x.reshape([1, 4, 4, 16]), weight.reshape([1, 4, 4, 16]), { padding: 1 }),
  'a function of numbers': (_, weight) => affine(weight, 2),
  'a residual': (x, weight) => linear(x, x, { residual: weight }),
  'both operands': (_, weight) => linear(weight, weight),
  gates: (x, weight) => linearGeglu(x, weight),
}

for (const [name, read] of Object.entries(READERS))
  test(`${name} of a weight in panels`, async () => {
    const { x, weight, twin, free } = await arranged(false)
    const [got, expected] = [read(x, weight), read(x, twin)]
    assert.deepEqual(await got.floats(), await expected.floats())
    release(got, expected)
    free()
  })

test('other readers of f16 in panels', async () => {
  const { x, weight, twin } = await arranged(true)
  const indices = Tensor.from(backend, Int32Array.of(3, 15, 0), [3])
  const read = async (from: Tensor) => {
    const [wide, rows] = [Tensor.empty(backend, [16, 16]), Tensor.empty(backend, [3, 16])]
    backend.run('gatherRows', { table: from, indices, out: rows })
    backend.run('cast', { x: from, out: wide })
    const values = [await wide.floats(), await rows.floats()]
    release(wide, rows)
    return values
  }
  assert.deepEqual(await read(weight), await read(twin))
  release(x, weight, twin, indices)
})

test('what the host writes into a weight in panels counts, also behind recorded work', async () => {
  for (const waiting of [false, true]) {
    const { x, weight, twin, free } = await arranged(false)
    const changed = Float32Array.of(5, -7)
    const before = waiting ? linear(x, weight) : undefined
    for (const to of [weight, twin]) backend.write(to.storage, 4 * 37, new Uint8Array(changed.buffer))
    const [got, expected] = [linear(x, weight), linear(x, twin)]
    assert.deepEqual(await got.floats(), await expected.floats())
    release(got, expected, before)
    free()
  }
})

test('a product that was dropped behind a failure has not put its weight in order', async () => {
  const [x, weight] = [upload(tensor(rng, [3, 16])), upload(tensor(rng, [8, 16]))]
  const first = linear(x, weight)
  const expected = await first.floats()
  backend.run('permute', { x, out: first, axes: undefined as never })
  linear(x, weight).dispose()
  await assert.rejects(backend.flush(), /permute/)
  for (let i = 0; i < 2; i++) {
    const out = linear(x, weight)
    assert.deepEqual(await out.floats(), expected)
    out.dispose()
  }
  release(x, weight, first)
})

test('infinite weights, subnormal ones and those that are no numbers stay so in panels', async () => {
  const bits = [0, 0x8000, 1, 0x83ff, 0x0400, 0x7bff, 0xfbff, 0x3c00, 0x7c00, 0xfc00, 0x7e00, 0xfd01]
  const weight = Tensor.from(
    backend,
    Uint16Array.from({ length: 8 * 12 }, (_, i) => (i % 13 === 0 ? bits[i / 13] : 0x3c00)),
    [8, 12],
  )
  const one = Tensor.from(
    backend,
    Float32Array.from({ length: 144 }, (_, i) => Number(i % 13 === 0)),
    [12, 12],
  )
  const results: Float32Array[] = []
  for (let i = 0; i < 3; i++) {
    const out = linear(one, weight)
    results.push(await out.floats())
    out.dispose()
  }
  assert.deepEqual(results[1], results[0])
  assert.deepEqual(results[2], results[0])
  release(weight, one)
})
