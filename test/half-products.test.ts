/**
 * @file Products in f16 on WebGPU: who gets them, and what stays in f32. How near their results are is in `variants.test.ts` (kernels)
 * and `goldens-f16.test.ts` (models).
 */
import assert from 'node:assert/strict'
import { keepTuning } from '../src/adzus/tuning.ts'
import { openBackend } from '../src/open-backend.ts'
import type { Backend } from '../src/tensor/backend.ts'
import { DryBackend } from '../src/tensor/dry.ts'
import {
  addAttentionMap,
  attention,
  conv2d,
  divergence,
  groupNorm,
  layerNorm,
  linear,
  linearGeglu,
  matmul,
  softmax,
  sumSelectedRows,
  Tensor,
} from '../src/tensor/index.ts'
import type { Arithmetic, Traits } from '../src/tensor/traits.ts'
import { openDevice } from '../src/tensor/webgpu/adapter.ts'
import { test, webgpu } from './support/backends.ts'

const CARD: Traits = { lanes: 8, software: false, half: true }
const empty = (b: Backend, ...shape: number[]) => Tensor.empty(b, shape, 'f32')

/** Ops whose operands are activations, with weights or among each other. */
const NETWORK: Record<string, (b: Backend) => void> = {
  linear: (b) => void linear(empty(b, 64, 64), Tensor.empty(b, [64, 64], 'f16')),
  'linear, f32 weights': (b) => void linear(empty(b, 64, 64), empty(b, 64, 64)),
  linearGeglu: (b) => void linearGeglu(empty(b, 64, 64), Tensor.empty(b, [128, 64], 'f16')),
  conv2d: (b) => void conv2d(empty(b, 1, 8, 8, 16), Tensor.empty(b, [16, 3, 3, 16], 'f16'), { padding: 1 }),
  attention: (b) => void attention(empty(b, 1, 32, 64), empty(b, 1, 32, 64), empty(b, 1, 32, 64), { heads: 2 }),
  'attention of a long head': (b) => void attention(empty(b, 1, 32, 512), empty(b, 1, 32, 512), empty(b, 1, 32, 512), { heads: 1 }),
  attentionMap: (b) => {
    const q = empty(b, 1, 32, 64)
    addAttentionMap(empty(b, 1, 32, 32), attention(q, q, q, { heads: 2, keepScores: true }).scores!, [0.5, 0.5])
  },
}

/** Ops on maps, and those whose sums are all they do. */
const OTHERS: Record<string, (b: Backend) => void> = {
  matmul: (b) => void matmul(empty(b, 64, 64), empty(b, 64, 64), { transposeB: true }),
  divergence: (b) => void divergence(empty(b, 16, 64), empty(b, 64, 64), { h: 8, w: 8 }),
  sumSelectedRows: (b) => void sumSelectedRows(empty(b, 16, 64), empty(b, 64, 64)),
  softmax: (b) => void softmax(empty(b, 64, 64)),
  layerNorm: (b) => void layerNorm(empty(b, 64, 64), empty(b, 64), empty(b, 64), 1e-5),
  groupNorm: (b) => void groupNorm(empty(b, 1, 64, 64), empty(b, 64), empty(b, 64), { groups: 32, eps: 1e-5 }),
}

/** How many kernels of an op multiply in f16. */
function halves(op: (b: Backend) => void, traits: Traits): number {
  const dry = new DryBackend({ kind: 'webgpu', maxTensorBytes: 2 ** 27, traits })
  let count = 0
  dry.onKernel = ({ code }) => {
    if (/^alias Factor = f16;/m.test(code)) count++
  }
  op(dry)
  return count
}

for (const [name, op] of Object.entries(NETWORK))
  test(`${name}: in f16 where that is asked for and the adapter has it`, () => {
    assert.ok(halves(op, { ...CARD, arithmetic: 'f16' }) > 0)
    for (const traits of [
      CARD,
      { ...CARD, arithmetic: 'f32' },
      { ...CARD, arithmetic: 'auto' },
      { ...CARD, half: false, arithmetic: 'f16' },
    ] as const)
      assert.equal(halves(op, traits), 0, JSON.stringify(traits))
  })

for (const [name, op] of Object.entries(OTHERS))
  test(`${name}: in f32 whatever is asked for`, () => {
    assert.equal(halves(op, { ...CARD, arithmetic: 'f16' }), 0)
  })

test('weights of long heads’ values stay in f32, scores do not', () => {
  assert.equal(halves(NETWORK['attention of a long head']!, { ...CARD, arithmetic: 'f16' }), 1)
})

test('the tuner is asked about f16 with auto and f16 alone', () => {
  const candidates = (arithmetic?: Arithmetic) => {
    const dry = new DryBackend({ kind: 'webgpu', maxTensorBytes: 2 ** 27, traits: { ...CARD, arithmetic } })
    for (const op of Object.values(NETWORK)) op(dry)
    return [...dry.questions.values()].flatMap((question) => question.candidates).map((c) => JSON.stringify(c))
  }
  const inHalves = (list: string[]) => list.filter((c) => /"products":"f16"|, f16"/.test(c)).length
  assert.equal(inHalves(candidates()), 0)
  assert.ok(inHalves(candidates('auto')) >= 7)
  assert.equal(inHalves(candidates('auto')), inHalves(candidates('f16')))
})

test('other words than f32, f16 and auto are refused; the CPU computes in f32 whatever is asked for', async () => {
  for (const arithmetic of ['half', null, 16])
    await assert.rejects(openBackend('cpu', { arithmetic: arithmetic as never }), /arithmetic.*expected f32, f16 or auto/s)
  const cpu = await openBackend('cpu', { arithmetic: 'f16', threads: 1 })
  assert.equal(cpu.traits, undefined)
  await cpu.dispose()
})

test('an adapter without f16 says so where f16 is asked for', async () => {
  const info = { vendor: 'acme', architecture: '', device: '', description: 'Acme 1', isFallbackAdapter: false }
  const adapter = { features: new Set(), info, limits: {}, requestDevice: async () => ({}) }
  const gpu = { requestAdapter: async () => adapter } as never
  await assert.rejects(openDevice(gpu, true, 'f16'), /arithmetic.*expected f32 or auto on Acme 1, got f16, which this adapter lacks/s)
  assert.equal((await openDevice(gpu, true, 'auto')).half, false)
})

const { test: testWebGpu } = await webgpu()

testWebGpu('what the tuner finds for products in f16 is kept apart', async (context) => {
  const names: string[] = []
  const cache = { get: async () => undefined, put: async (name: string) => void names.push(name) } as never
  for (const arithmetic of ['f32', 'auto'] as const) {
    const backend = await openBackend('webgpu', { arithmetic })
    if (!backend.traits!.half) context.skip('no f16 on this adapter')
    await keepTuning(backend, cache)
    await backend.dispose()
  }
  assert.equal(new Set(names).size, 2, names.join(' | '))
})
