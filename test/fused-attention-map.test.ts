/**
 * @file An attention and the map behind it, which the WebAssembly engine computes in one pass: what plain TypeScript gives one after the other, whatever lies between the two.
 */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { openBackend } from '../src/open-backend.ts'
import { createCpuBackend } from '../src/tensor/cpu/plain.ts'
import { addAttentionMap, affine, attention, type Backend, release, type ScoreInputs, Tensor } from '../src/tensor/index.ts'
import { type Attention, attentionInputs, attentionShapes } from './support/cases.ts'
import { random } from './support/random.ts'

const TOLERANCE = 1e-4

interface Results {
  out: Float32Array
  stats: Float32Array
  map: Float32Array
}

interface Operands {
  q: Tensor
  k: Tensor
  v: Tensor
  map: Tensor
}

/** @param between what happens after the attention and before its map */
async function run(backend: Backend, a: Attention, between: (o: Operands, out: Tensor) => unknown = () => {}): Promise<Results> {
  const { batch, heads, queries, keys, scale, causal } = a
  const rng = random(queries + keys)
  const inputs = attentionInputs(rng, a)
  const put = ({ data, shape }: { data: ArrayLike<number>; shape: readonly number[] }) =>
    Tensor.from(backend, Float32Array.from(data), shape)
  const [q, k, v] = [put(inputs.q), put(inputs.k), put({ data: rng.floats(inputs.k.data.length), shape: inputs.k.shape })]
  const map = Tensor.from(backend, rng.floats(batch * queries * keys), [batch, queries, keys])
  // One head does not count.
  const weights = Float32Array.from(rng.floats(heads), (w, i) => (i === 1 ? 0 : w))
  const { out, scores } = attention(q, k, v, { heads, scale, causal, keepScores: true })
  await between({ q, k, v, map }, out)
  addAttentionMap(map, scores as ScoreInputs, weights)
  const results = { out: await out.floats(), stats: await scores!.stats.floats(), map: await map.floats() }
  release(q, k, map, out, scores!.stats)
  if (backend.storages.has(v.storage)) v.dispose()
  return results
}

function same(got: Results, expected: Results, what: string): void {
  for (const name of ['out', 'stats', 'map'] as const) {
    const largest = expected[name].reduce((m, x) => Math.max(m, Math.abs(x)), 1)
    const wrong = expected[name].findIndex((x, i) => !(Math.abs(x - got[name][i]) <= TOLERANCE * largest))
    assert.ok(wrong < 0, `${what}: ${name}[${wrong}] is ${got[name][wrong]}, expected ${expected[name][wrong]}`)
  }
}

/** The kernels that ran meanwhile. */
async function kernelsOf(backend: Backend, work: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = []
  const stop = backend.profile.listen({ onKernel: ({ name }) => names.push(name) })
  await work()
  stop()
  return names
}

const shape = (a: Partial<Attention>): Attention => ({
  batch: 1,
  heads: 3,
  queries: 21,
  keys: 30,
  headSize: 8,
  scale: 0.4,
  causal: false,
  ...a,
})
const plain = createCpuBackend()

for (const relaxed of [false, true])
  test(`one pass gives what two give${relaxed ? ', relaxed' : ''}`, async () => {
    const backend = await openBackend('cpu', { threads: 2, relaxed })
    const shapes = [
      ...attentionShapes(random(3)),
      shape({ batch: 2, keys: 257 }),
      shape({ queries: 40, keys: 1027, heads: 2 }),
      // Too many keys for more than one panel of queries, and for any.
      shape({ queries: 9, keys: 9001, heads: 2, headSize: 4 }),
      shape({ queries: 9, keys: 16_400, heads: 1, headSize: 4 }),
    ]
    for (const a of shapes) {
      const names = await kernelsOf(backend, async () => same(await run(backend, a), await run(plain, a), JSON.stringify(a)))
      const apart = a.causal || a.keys > 16_384
      assert.deepEqual(names, apart ? ['attention', 'attentionMap'] : ['attentionWithMap'], JSON.stringify(a))
    }
    await backend.dispose()
  })

test('the number of threads changes nothing', async () => {
  const all: Results[] = []
  for (const threads of [1, 2, 3]) {
    const backend = await openBackend('cpu', { threads })
    all.push(await run(backend, shape({ batch: 2, queries: 300, keys: 520, headSize: 16 })))
    await backend.dispose()
  }
  for (const other of all) assert.deepEqual(other, all[0])
})

test('what lies between the two comes between them', async () => {
  const backend = await openBackend('cpu', { threads: 2 })
  const a = shape({})
  const bytes = new Uint8Array(random(5).floats(a.keys * a.heads * a.headSize).buffer)
  const cases: [string, (backend: Backend) => (o: Operands, out: Tensor) => unknown, string[]][] = [
    ['nothing', () => () => {}, ['attentionWithMap']],
    [
      'the values change',
      (b) =>
        ({ v }) =>
          b.write(v.storage, 0, bytes),
      ['attention', 'attentionMap'],
    ],
    [
      'the values make room for something else',
      (b) =>
        ({ v }) => {
          const { size } = v
          v.dispose()
          Tensor.from(b, new Float32Array(size).fill(9), [size]).dispose()
        },
      ['attention', 'attentionMap'],
    ],
    ['another op', () => (_, out) => affine(out, 2).dispose(), ['attention', 'unary', 'attentionMap']],
    ['somebody waits', (b) => () => b.flush(), ['attention', 'attentionMap']],
    [
      'the map is filled',
      (b) =>
        ({ map }) =>
          b.run('fill', { out: map, value: 3 }),
      ['fill', 'attentionWithMap'],
    ],
    [
      'the values are filled',
      (b) =>
        ({ v }) =>
          b.run('fill', { out: v, value: 3 }),
      ['attention', 'fill', 'attentionMap'],
    ],
  ]
  for (const [name, between, expected] of cases) {
    const names = await kernelsOf(backend, async () =>
      same(await run(backend, a, between(backend)), await run(plain, a, between(plain)), name),
    )
    assert.deepEqual(names, expected, name)
  }
  assert.equal(backend.memory.live, 0)
  await backend.dispose()
})
