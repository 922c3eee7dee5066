/**
 * @file Cases too large for WebGPU's software adapters to repeat often: several blocks in every dimension, ends that no block divides, enough tasks for several threads.
 */
import { type Attention, attentionInputs, f32, type OpCase, opCase, statistics, tensor } from './cases.ts'
import type { Random } from './random.ts'

export function* largeCases(rng: Random): Iterable<OpCase> {
  yield* matmuls(rng)
  yield* gated(rng)
  yield* convolutions(rng)
  yield* attentions(rng)
  yield* rows(rng)
}

function* matmuls(rng: Random): Iterable<OpCase> {
  const list = [
    { batch: 1, m: 703, n: 301, k: 130, transposeB: true, half: false },
    { batch: 1, m: 66, n: 530, k: 806, transposeB: true, half: true },
    { batch: 2, m: 131, n: 264, k: 401, transposeB: false, half: false },
    { batch: 2, m: 300, n: 12, k: 390, transposeB: false, half: true },
    { batch: 1, m: 1, n: 1030, k: 700, transposeB: true, half: false },
  ]
  for (const [i, { batch, m, n, k, transposeB, half }] of list.entries())
    yield opCase(
      'matmul',
      {
        a: tensor(rng, [batch, m, k]),
        b: tensor(rng, [batch, ...(transposeB ? [n, k] : [k, n])], { half }),
        bias: tensor(rng, [n]),
        residual: tensor(rng, [batch, m, n]),
      },
      f32([batch, m, n]),
      {
        batch,
        m,
        n,
        k,
        transposeB,
        sharedB: batch === 1,
        alpha: 0.5,
        activation: (['none', 'silu', 'gelu', 'none', 'geluTanh'] as const)[i],
      },
    )
}

function* gated(rng: Random): Iterable<OpCase> {
  for (const { m, n, k, half } of [
    { m: 1203, n: 321, k: 40, half: true },
    { m: 70, n: 260, k: 804, half: false },
  ])
    yield opCase(
      'linearGeglu',
      { x: tensor(rng, [m, k]), weight: tensor(rng, [2 * n, k], { half }), bias: tensor(rng, [2 * n]) },
      f32([m, n]),
    )
}

function* convolutions(rng: Random): Iterable<OpCase> {
  const list = [
    { x: [1, 41, 37, 52], filters: 70, kernel: 3, stride: 1, half: false },
    { x: [2, 20, 22, 64], filters: 64, kernel: 3, stride: 1, half: true },
    { x: [1, 9, 12, 430], filters: 36, kernel: 3, stride: 1, half: true },
    { x: [1, 33, 40, 24], filters: 48, kernel: 3, stride: 2, half: false },
    { x: [1, 41, 37, 52], filters: 72, kernel: 3, stride: 1, half: false },
    { x: [3, 14, 11, 132], filters: 140, kernel: 3, stride: 1, half: true },
    { x: [1, 70, 66, 3], filters: 32, kernel: 3, stride: 1, half: false },
  ]
  for (const { x, filters, kernel, stride, half } of list) {
    const [batch, height, width, channels] = x
    const out = [batch, Math.floor((height - 1) / stride) + 1, Math.floor((width - 1) / stride) + 1, filters]
    yield opCase(
      'conv2d',
      {
        x: tensor(rng, x),
        weight: tensor(rng, [filters, kernel, kernel, channels], { half }),
        bias: tensor(rng, [filters]),
        perImage: tensor(rng, [batch, filters]),
        residual: tensor(rng, out),
      },
      f32(out),
      { stride, top: 1, left: 1, activation: 'silu' },
    )
  }
}

function* attentions(rng: Random): Iterable<OpCase> {
  const list: Attention[] = [
    { batch: 1, heads: 2, queries: 300, keys: 700, headSize: 40, scale: 0.3, causal: false },
    { batch: 2, heads: 1, queries: 97, keys: 301, headSize: 130, scale: 0.5, causal: false },
    { batch: 1, heads: 3, queries: 290, keys: 290, headSize: 6, scale: 2, causal: true },
    { batch: 1, heads: 1, queries: 70, keys: 530, headSize: 512, scale: 0.05, causal: false },
  ]
  for (const a of list) {
    const { q, k } = attentionInputs(rng, a)
    const { batch, heads, queries, keys, scale, causal } = a
    const stats = [batch, heads, queries, 2]
    yield opCase('attention', { q, k, v: tensor(rng, k.shape) }, { out: f32(q.shape), stats: f32(stats) }, { heads, scale, causal })
    const map = [batch, queries, keys]
    yield opCase(
      'attentionMap',
      {
        q,
        k,
        stats: { shape: stats, dtype: 'f32', data: statistics(q.data, k.data, a) },
        headWeights: tensor(rng, [heads], { low: 0, high: 1 }),
      },
      { out: { shape: map, dtype: 'f32', initial: rng.floats(batch * queries * keys, 0, 1) } },
      { heads, scale, causal },
    )
  }
}

function* rows(rng: Random): Iterable<OpCase> {
  for (const [batch, pixels, channels, groups] of [
    [1, 5001, 64, 32],
    [2, 700, 330, 10],
  ])
    yield opCase(
      'groupNorm',
      { x: tensor(rng, [batch, pixels, channels], { low: 8, high: 9 }), gamma: tensor(rng, [channels]), beta: tensor(rng, [channels]) },
      f32([batch, pixels, channels]),
      { groups, eps: 1e-6, silu: true },
    )
  yield opCase('layerNorm', { x: tensor(rng, [900, 322]), gamma: tensor(rng, [322]), beta: tensor(rng, [322]) }, f32([900, 322]), {
    eps: 1e-5,
  })
  yield opCase('softmax', { x: tensor(rng, [601, 1030], { low: -9, high: 9 }) }, f32([601, 1030]))
  yield opCase('rowDot', { a: tensor(rng, [401, 1111]), b: tensor(rng, [401, 1111]) }, f32([401]))
  for (const fn of ['silu', 'log', 'exp'] as const)
    yield opCase('unary', { x: tensor(rng, [300_003], { low: -6, high: 6 }) }, f32([300_003]), { fn, alpha: 0.01, beta: 4096 })
  for (const [a, b, inner] of [
    [300_300, 330, 1],
    [300_300, 300, 1001],
    [200_003, 200_003, 1],
  ])
    yield opCase('binary', { a: tensor(rng, [a]), b: tensor(rng, [b], { low: 0.5, high: 2 }) }, f32([a]), {
      fn: 'div',
      alpha: 1,
      beta: 1,
      inner,
    })
  yield opCase('concat', { a: tensor(rng, [900, 70]), b: tensor(rng, [900, 133]) }, f32([900, 203]))
  yield opCase('upsampleNearest', { x: tensor(rng, [2, 30, 31, 65]) }, f32([2, 60, 62, 65]))
  for (const fn of ['sum', 'mean', 'max', 'argmin'] as const)
    for (const [outer, length, inner] of [
      [300, 999, 1],
      [3, 700, 130],
    ])
      yield opCase(
        'reduce',
        { x: tensor(rng, [outer, length, inner]) },
        { shape: [outer, inner], dtype: fn === 'argmin' ? 'i32' : 'f32' },
        { fn, outer, length, inner },
      )
  const [h, w, height, width] = [8, 9, 32, 27]
  const out = [height * width, height * width]
  yield opCase(
    'aggregateMap',
    { map: tensor(rng, [h * w, h * w], { low: 0.01, high: 1 }) },
    { out: { shape: out, dtype: 'f32', initial: rng.floats(out[0] * out[1], 0, 0.1) } },
    { h, w, height, width, firstRow: 0, mapFirstRow: 0, weight: 0.375 },
  )
  yield opCase(
    'argmaxMaps',
    { maps: tensor(rng, [30, 20 * 21]) },
    { shape: [150, 143], dtype: 'i32' },
    { h: 20, w: 21, height: 150, width: 143, firstRow: 0 },
  )
}
