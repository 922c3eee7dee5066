/**
 * @file Looking at attention: what is accumulated on the device is the mean of the single heads, selections select, and no heads × queries × keys tensor ever
 * exists. A UNet of two levels from the goldens, whose self-attention runs on the latent's own grid (2 heads) and, in the middle, on half of it (3 heads).
 */
import assert from 'node:assert/strict'
import type { BandedMap } from '../src/attention/banded-map.ts'
import { type Selection, select } from '../src/attention/select.ts'
import { ChosenMaps, joinTaps, ResolutionMeans, WordAttention } from '../src/attention/taps.ts'
import { resolutionWeight } from '../src/attention/weights.ts'
import { openDirectory } from '../src/platform/directory.ts'
import { type Backend, Tensor } from '../src/tensor/index.ts'
import type { AttentionTap } from '../src/unet/taps.ts'
import { UNet } from '../src/unet/unet.ts'
import { backends, test } from './support/backends.ts'
import { random } from './support/random.ts'

const ALL: Selection = { resolutions: null, layers: null, heads: null }
const [H, W, TOKENS] = [12, 8, 5]

type Values = { grid: string; values: Float32Array }

/** Mean of equally long lists. */
function mean(lists: readonly Float32Array[]): Float32Array {
  return lists[0].map((_, i) => lists.reduce((sum, list) => sum + list[i], 0) / lists.length)
}

function near(got: Float32Array, expected: Float32Array, what: string): void {
  assert.equal(got.length, expected.length, what)
  for (let i = 0; i < got.length; i++)
    assert.ok(Math.abs(got[i] - expected[i]) < 1e-5, `${what}: ${i} is ${got[i]}, expected ${expected[i]}`)
}

/** The means themselves, of maps that are weighted as their resolutions count. */
function unweighted(maps: readonly Values[]): Values[] {
  const gridOf = ({ grid }: Values) => {
    const [h, w] = grid.split('×').map(Number)
    return { h, w }
  }
  const weight = resolutionWeight(maps.map(gridOf))
  return maps.map((map) => ({ ...map, values: map.values.map((v) => v / weight(gridOf(map))) }))
}

/** How many ops `work` records. */
function countOps(backend: Backend, work: () => void): number {
  let count = 0
  const run = backend.run
  backend.run = (op, args) => {
    count++
    run.call(backend, op, args as never)
  }
  work()
  backend.run = run
  return count
}

for (const { name: kind, open, test, beforeAll, afterAll } of await backends()) {
  let backend: Backend
  let unet: UNet
  beforeAll(async () => {
    backend = await open()
    unet = await UNet.load(await openDirectory('test/goldens/sd1-two-level'), '', backend)
  })
  afterAll(() => backend.dispose())

  const forward = async (tap: AttentionTap | undefined, { h = H, w = W, t = 300 } = {}) => {
    const rng = random(9)
    const latent = Tensor.from(backend, rng.floats(h * w * 4), [1, h, w, 4])
    const context = Tensor.from(backend, rng.floats(TOKENS * 24), [1, TOKENS, 24])
    const out = unet.forward(latent, t, context, { tap })
    await backend.flush()
    for (const x of [latent, context, out]) x.dispose()
  }
  const read = async (maps: BandedMap[]): Promise<Values[]> => {
    const all: Values[] = []
    for (const map of maps) all.push({ grid: `${map.grid.h}×${map.grid.w}`, values: await map.floats() })
    for (const map of maps) map.dispose()
    return all
  }
  const means = async (selection: Selection, timesteps = [300]) => {
    const tap = new ResolutionMeans(backend, unet.layers(H, W), selection, timesteps.length)
    for (const t of timesteps) await forward(tap, { t })
    return unweighted(await read(tap.results()))
  }
  /** Every head of every layer of a kind. */
  const singles = async (which: 'self' | 'cross') => {
    const tap = new ChosenMaps(backend, select(unet.layers(H, W), which, ALL), null)
    await forward(tap)
    const heads: { layer: string; head: number; grid: string; values: Float32Array }[] = []
    for (const { layer, head, map } of tap.maps)
      heads.push({ layer: layer.name, head, grid: `${map.grid.h}×${map.grid.w}`, values: await map.floats() })
    tap.dispose()
    return heads
  }

  const on = (name: string, work: () => Promise<void>) =>
    test(`${name} on ${kind}`, async () => {
      const { live } = backend.memory
      await work()
      assert.equal(backend.memory.live, live, 'memory is left')
    })

  on('the mean of a resolution is the mean of its heads and layers', async () => {
    const heads = await singles('self')
    assert.deepEqual([...new Set(heads.map((h) => h.grid))].sort(), ['12×8', '6×4'])
    for (const { layer, head, grid, values } of heads) {
      const keys = grid === '12×8' ? 96 : 24
      assert.equal(values.length, keys * keys)
      for (let q = 0; q < keys; q++) {
        const sum = values.subarray(q * keys, (q + 1) * keys).reduce((a, b) => a + b, 0)
        assert.ok(Math.abs(sum - 1) < 1e-5, `${layer}, head ${head}, query ${q}`)
      }
    }
    const got = await means(ALL)
    assert.deepEqual(
      got.map((m) => m.grid),
      ['12×8', '6×4'],
      'the finest first',
    )
    for (const { grid, values } of got) near(values, mean(heads.filter((h) => h.grid === grid).map((h) => h.values)), grid)
  })

  on('layers, heads and resolutions choose what is averaged', async () => {
    const heads = await singles('self')
    const cases: [string, Partial<Selection>, (h: { layer: string; head: number; grid: string }) => boolean][] = [
      ['one head', { heads: [1] }, (h) => h.head === 1],
      ['both heads of one level', { heads: [0, 1], resolutions: [12] }, (h) => h.head < 2 && h.grid === '12×8'],
      ['one resolution', { resolutions: [6] }, (h) => h.grid === '6×4'],
      ['the up path', { layers: ['up_blocks'] }, (h) => h.layer.startsWith('up_blocks')],
      ['two layers', { layers: ['up_blocks.1.attentions.0', 'mid'] }, (h) => /^up_blocks\.1\.attentions\.0|^mid/.test(h.layer)],
    ]
    const everything = await means(ALL)
    for (const [name, selection, keep] of cases) {
      const kept = heads.filter(keep)
      const got = await means({ ...ALL, ...selection })
      assert.deepEqual(new Set(got.map((m) => m.grid)), new Set(kept.map((h) => h.grid)), name)
      for (const { grid, values } of got) {
        near(values, mean(kept.filter((h) => h.grid === grid).map((h) => h.values)), name)
        const all = everything.find((m) => m.grid === grid)!.values
        const some = kept.filter((h) => h.grid === grid).length < heads.filter((h) => h.grid === grid).length
        assert.equal(
          values.some((v, i) => Math.abs(v - all[i]) > 1e-4),
          some,
          `${name}: differs from everything`,
        )
      }
    }
  })

  on('several time steps are averaged', async () => {
    const early = await means(ALL, [700])
    const late = await means(ALL, [100])
    const both = await means(ALL, [700, 100])
    assert.ok(early[0].values.some((v, i) => Math.abs(v - late[0].values[i]) > 1e-4))
    for (const [i, { grid, values }] of both.entries()) near(values, mean([early[i].values, late[i].values]), grid)
  })

  on('words: the mean cross-attention, together with the self-attention', async () => {
    const heads = await singles('cross')
    const layers = unet.layers(H, W)
    const words = new WordAttention(backend, layers, 1)
    const self = new ResolutionMeans(backend, layers, ALL, 1)
    await forward(joinTaps(self, words))
    for (const { grid, values } of await read(words.results()))
      near(values, mean(heads.filter((h) => h.grid === grid).map((h) => h.values)), grid)
    const alone = await means(ALL)
    for (const [i, { grid, values }] of unweighted(await read(self.results())).entries()) near(values, alone[i].values, grid)
  })

  on('a pass for its attention alone sees the same, and ends with what is looked at last', async () => {
    const layers = unet.layers(H, W)
    const latent = Tensor.from(backend, random(9).floats(H * W * 4), [1, H, W, 4])
    const context = Tensor.from(backend, random(10).floats(TOKENS * 24), [1, TOKENS, 24])
    const look = async (tap: AttentionTap & { results(): BandedMap[] }, pass: (tap: AttentionTap) => void) => {
      const ops = countOps(backend, () => pass(tap))
      return { ops, maps: await read(tap.results()) }
    }
    const whole = (tap: AttentionTap) => unet.forward(latent, 300, context, { tap }).dispose()
    const attention = (tap: AttentionTap) => unet.attend(latent, 300, context, tap)
    const counts: number[] = []
    const [first] = layers.map((l) => l.name)
    const taps = [
      () => new WordAttention(backend, layers, 1),
      () => new ResolutionMeans(backend, layers, ALL, 1),
      () => new ResolutionMeans(backend, layers, { ...ALL, layers: ['mid_block'] }, 1),
      () => new ResolutionMeans(backend, layers, { ...ALL, layers: [first] }, 1),
    ]
    for (const tap of taps) {
      const [all, some] = [await look(tap(), whole), await look(tap(), attention)]
      assert.deepEqual(some.maps, all.maps)
      counts.push(all.ops, some.ops)
    }
    // Cross-attention is the last layer; without it the pass ends before; and the earlier, the fewer ops.
    const ended = counts.filter((_, i) => i % 2 === 1)
    assert.ok(counts[1] < counts[0] && ended[1] < ended[0] && ended[2] < ended[1] / 1.5 && ended[3] < ended[2] / 2, `${counts}`)
    assert.equal(
      countOps(backend, () => attention({ wants: () => false, take: () => {} })),
      0,
    )
    for (const x of [latent, context]) x.dispose()
  })

  on('the memory of the tap is one map a resolution, never heads × queries × keys', async () => {
    const [h, w] = [48, 32]
    const n = h * w
    const maps = 4 * n ** 2 + 4 * (n / 4) ** 2
    const { live } = backend.memory
    backend.resetPeak()
    await forward(undefined, { h, w })
    const plain = backend.memory.peak - live
    assert.ok(plain < 4 * n ** 2, `the fused attention takes ${plain} bytes, as much as its probabilities`)
    const tap = new ResolutionMeans(backend, unet.layers(h, w), ALL, 1)
    backend.resetPeak()
    await forward(tap, { h, w })
    const extra = backend.memory.peak - live - plain
    assert.ok(extra >= 4 * n ** 2 && extra < 1.1 * maps, `${extra} bytes more than without a tap; the maps take ${maps}`)
    for (const map of tap.results()) map.dispose()
    backend.resetPeak()
  })
}

test('a selection that leaves nothing is refused', async () => {
  const layers = [
    { name: 'down.attn1', kind: 'self' as const, grid: { h: 4, w: 8 }, heads: 2, headSize: 4 },
    { name: 'mid.attn1', kind: 'self' as const, grid: { h: 2, w: 4 }, heads: 4, headSize: 4 },
    { name: 'mid.attn2', kind: 'cross' as const, grid: { h: 2, w: 4 }, heads: 4, headSize: 4 },
  ]
  const names = (selection: Partial<Selection>) => select(layers, 'self', { ...ALL, ...selection }).map((l) => l.name)
  assert.deepEqual(names({}), ['down.attn1', 'mid.attn1'])
  assert.deepEqual(names({ resolutions: [8] }), ['down.attn1'])
  assert.deepEqual(names({ layers: ['mid'], heads: [3] }), ['mid.attn1'])
  assert.throws(() => names({ resolutions: [8, 5] }), /resolutions.*among 8, 4, got 5/)
  assert.throws(() => names({ layers: ['attn2'] }), /layers.*among down\.attn1, mid\.attn1, got attn2/)
  assert.throws(() => names({ layers: ['down'], resolutions: [4] }), /layers and resolutions/)
  // Only heads that every chosen layer has.
  assert.throws(() => names({ heads: [3] }), /heads.*among 0, 1, got 3/)
  assert.throws(() => names({ heads: [0.5] }), /heads/)
})
