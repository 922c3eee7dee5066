/**
 * @file One look at a picture, many questions: answers equal those of segmenting anew, cost no pass of
 * the networks, and take nothing with them when they fail.
 */
import assert from 'node:assert/strict'
import { Adzus, type AttentionQuestion, greedyGroups, type SegmentOptions, type View } from '../src/index.ts'
import type { Backend } from '../src/tensor/backend.ts'
import { backends, test } from './support/backends.ts'
import { modelWithWords } from './support/embedded-with.ts'
import { disc } from './support/pictures.ts'

const [WIDTH, HEIGHT] = [90, 60]
const PICTURE = { width: WIDTH, height: HEIGHT, data: disc(WIDTH, HEIGHT) }
const OPTIONS: SegmentOptions = { size: [128, 96], timesteps: [300, 100] }

for (const { name, open, test, beforeAll, afterAll } of await backends()) {
  let backend: Backend
  let adzus: Adzus
  let loaded: number
  beforeAll(async () => {
    backend = await open()
    adzus = await Adzus.load(await modelWithWords(), { backend })
    loaded = backend.memory.live
  })
  afterAll(async () => {
    await adzus.dispose()
    await backend.dispose()
  })

  test(`a view's answers are those of segmenting anew on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    const questions: SegmentOptions[] = [
      {},
      { thresholds: [0.1, 0.1], foreground: 'center' },
      { method: { kind: 'diffseg', anchors: 6, refine: true }, foreground: { point: [45, 30] } },
      { foreground: { box: [20, 10, 70, 50] } },
    ]
    for (const question of questions) {
      const answer = await view.segment(question)
      const anew = await adzus.segment(PICTURE, { ...OPTIONS, ...question })
      assert.deepEqual(answer.labels, anew.labels)
      assert.deepEqual(answer.mask, anew.mask)
      assert.deepEqual(answer.segments, anew.segments)
      assert.deepEqual(answer.parameters, anew.parameters)
      if (question.foreground) assert.deepEqual(await view.mask(question.foreground, question), anew.mask)
    }
    await view.dispose()
  })

  test(`rows and columns are those of whole maps on ${name}`, async () => {
    const options: SegmentOptions = { ...OPTIONS, timesteps: [300] }
    const view = await adzus.look(PICTURE, options)
    const [x, y] = [50, 20]
    const names = ['down_blocks.0.attentions.0', 'up_blocks.3.attentions.2']
    const maps = await adzus.attention(PICTURE, { ...options, layers: names })
    assert.equal(maps.length, 4)
    for (const { layer, head, grid, probabilities } of maps) {
      const cells = grid.h * grid.w
      const cell = Math.floor(((y + 0.5) * grid.h) / HEIGHT) * grid.w + Math.floor(((x + 0.5) * grid.w) / WIDTH)
      const part = layer.replace('.transformer_blocks.0.attn1', '')
      const row = await view.attention({ x, y, layer: part, head })
      const column = await view.attention({ x, y, layer, head, direction: 'to' })
      assert.deepEqual([row.layer, row.head, row.grid, row.direction], [layer, head, grid, 'from'])
      near(row.values, probabilities.subarray(cell * cells, (cell + 1) * cells))
      near(
        column.values,
        probabilities.filter((_, i) => i % cells === cell),
      )
    }
    await view.dispose()
  })

  test(`heads and time steps are averaged unless one is chosen on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    const asked = { x: 1, y: 2, layer: 'mid_block.attentions.0.transformer_blocks.0.attn1' }
    const { values } = await view.attention(asked)
    const sum = new Float64Array(values.length)
    for (const head of [0, 1])
      for (const timestep of [300, 100]) {
        const one = await view.attention({ ...asked, head, timestep })
        for (const [i, value] of one.values.entries()) sum[i] += value / 4
      }
    near(values, sum)
    await view.dispose()
  })

  test(`the aggregated map's rows sum to 1, and its columns are its rows' entries on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    const [a, b] = [
      { x: 10, y: 10 },
      { x: 80, y: 50 },
    ]
    const row = await view.attention(a)
    const column = await view.attention({ ...b, direction: 'to' })
    assert.deepEqual([row.layer, row.head, row.grid], [null, null, { h: 12, w: 16 }])
    assert.ok(Math.abs(row.values.reduce((s, v) => s + v) - 1) < 1e-4)
    const cell = ({ x, y }: { x: number; y: number }) => Math.floor(((y + 0.5) * 12) / HEIGHT) * 16 + Math.floor(((x + 0.5) * 16) / WIDTH)
    assert.ok(Math.abs(row.values[cell(b)] - column.values[cell(a)]) < 1e-7)
    await view.dispose()
  })

  test(`words: where a pixel looks among the tokens, and who looks at a token on ${name}`, async () => {
    const view = await adzus.look(PICTURE, { ...OPTIONS, prompt: 'a cell' })
    const layer = 'up_blocks.3.attentions.0.transformer_blocks.0.attn2'
    const row = await view.attention({ x: 45, y: 30, layer })
    assert.deepEqual([row.grid, row.values.length], [null, 77])
    assert.ok(Math.abs(row.values.reduce((s, v) => s + v) - 1) < 1e-4)
    const column = await view.attention({ token: 2, layer: 'up_blocks.3.attentions.0' })
    assert.equal(column.layer, layer, 'a part of a path means cross-attention for tokens')
    const { grid, values } = column
    assert.deepEqual([grid, values.length, column.direction], [{ h: 12, w: 16 }, 192, 'to'])
    assert.ok(Math.abs(values[6 * 16 + 8] - row.values[2]) < 1e-6)
    const answer = await view.segment({ foreground: 'text' })
    const anew = await adzus.segment(PICTURE, { ...OPTIONS, foreground: { text: 'a cell' } })
    assert.deepEqual(answer.mask, anew.mask)
    assert.deepEqual(answer.parameters, anew.parameters)
    await assert.rejects(view.segment({ foreground: { text: 'another' } }), /foreground\): expected the words of the prompt, got "another"/)
    await view.dispose()
  })

  test(`a question costs no pass, and disposing gives the memory back on ${name}`, async () => {
    // What is kept for good (the empty prompt's context) is there from the first look on.
    await (await adzus.look(PICTURE, OPTIONS)).dispose()
    const before = backend.memory.live
    assert.ok(before >= loaded)
    const view = await adzus.look(PICTURE, OPTIONS)
    const looked = backend.memory.live
    assert.ok(looked > before)
    const stages: string[] = []
    await view.segment({ thresholds: [0.3], onProgress: (stage) => stages.push(stage) })
    // The walk along attention, which further questions go on with, is no larger than the map.
    const held = backend.memory.live
    assert.ok(held > looked)
    assert.deepEqual(stages, ['group', 'label', 'foreground'])
    stages.length = 0
    await view.segment({ thresholds: [0.3], foreground: 'all', onProgress: (stage) => stages.push(stage) })
    assert.deepEqual(stages, ['foreground'], 'the same labels are not computed twice')
    await view.attention({ x: 0, y: 0 })
    assert.equal(backend.memory.live, held)
    await view.dispose()
    await view.dispose()
    assert.equal(backend.memory.live, before)
    await assert.rejects(view.segment(), /View: expected a view in use, got one that was disposed/)
    await assert.rejects(view.attention({ x: 0, y: 0 }), /disposed/)
  })

  test(`what fails in one question changes no other on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    const right = await view.segment()
    const abort = new AbortController()
    const onProgress = () => abort.abort(new Error('enough'))
    await assert.rejects(view.segment({ thresholds: [0.15], signal: abort.signal, onProgress }), /enough/)
    await assert.rejects(view.segment({ foreground: { point: [900, 5] } }), /foreground: point/)
    const again = await view.segment()
    assert.deepEqual(again.labels, right.labels)
    await view.dispose()
  })

  test(`a mask that a caller changes is no later answer on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    const { mask } = await view.segment()
    const kept = mask.slice()
    mask.fill(7)
    assert.deepEqual((await view.segment({ thresholds: [0.2] })).mask, kept)
    const { mask: plain } = await view.segment({ edges: 'none' })
    assert.deepEqual(plain, (await adzus.segment(PICTURE, { ...OPTIONS, edges: 'none' })).mask)
    assert.deepEqual((await view.segment()).mask, kept)
    await view.dispose()
  })

  test(`proposals of a round are means of those before, and merges tell their segments on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    const thresholds = [0.05, 0.1]
    const { rounds, anchors, segments } = await view.merges({ thresholds })
    const [first, last] = [await view.proposals({ thresholds: [0.05] }), await view.proposals({ thresholds })]
    const cells = first.grid.h * first.grid.w
    assert.deepEqual([first.count, last.count, first.values.length], [anchors.length, rounds[0].groups.length, anchors.length * cells])
    for (const [g, group] of rounds[0].groups.entries())
      for (let cell = 0; cell < cells; cell++) {
        const mean = group.reduce((sum, { proposal }) => sum + first.values[proposal * cells + cell], 0) / group.length
        assert.ok(Math.abs(last.values[g * cells + cell] - mean) < 1e-6)
      }
    // Each segment belongs to one proposal, in their order.
    const { segments: found } = await view.segment({ thresholds })
    assert.equal(segments.length, last.count)
    assert.deepEqual(
      segments.filter((id) => id > 0),
      found.map(({ id }) => id),
    )
    await view.dispose()
  })

  test(`merges tell who joined whom on ${name}`, async () => {
    const view = await adzus.look(PICTURE, OPTIONS)
    const thresholds = [0.05, 0.1, 0.4]
    const { anchors, rounds, divergences } = await view.merges({ thresholds })
    const m = anchors.length
    assert.equal(divergences.length, m * m)
    // The first threshold alone decides the table, and the table the round after.
    assert.deepEqual((await view.merges({ thresholds: [0.05] })).divergences, divergences)
    const others = await view.merges({ thresholds: [0.05, 0.25] })
    assert.deepEqual(
      others.rounds[0].groups.map((group) => group.map(({ proposal }) => proposal).sort((a, b) => a - b)),
      greedyGroups(divergences, m, 0.25).map(({ members }) => members),
    )
    for (const [founder, ...joined] of rounds[0].groups)
      for (const { proposal, divergence } of joined) assert.equal(divergence, divergences[founder.proposal * m + proposal])
    assert.deepEqual(
      rounds.map(({ threshold }) => threshold),
      thresholds.slice(1),
    )
    let proposals = anchors.length
    assert.ok(proposals > 20)
    for (const { threshold, groups } of rounds) {
      const joined = new Set<number>()
      for (const [founder, ...others] of groups) {
        assert.equal(founder.divergence, 0)
        assert.ok(others.every(({ divergence }) => divergence < threshold && divergence > -1e-5))
        for (const { proposal } of [founder, ...others]) joined.add(proposal)
      }
      assert.equal(joined.size, proposals, 'every proposal joins one')
      proposals = groups.length
    }
    const { segments } = await view.segment({ thresholds })
    assert.ok(segments.length <= proposals)
    await view.dispose()
  })
}

test('layers are listed, and what is not there is refused', async (t) => {
  const adzus = await Adzus.load(undefined, { backend: 'cpu' })
  t.onTestFinished(() => adzus.dispose())
  const view: View = await adzus.look(PICTURE, OPTIONS)
  const layers = view.layers()
  assert.equal(layers.length, 32)
  assert.deepEqual(layers[0], {
    name: 'down_blocks.0.attentions.0.transformer_blocks.0.attn1',
    kind: 'self',
    grid: { h: 12, w: 16 },
    heads: 2,
  })
  const wrong: [AttentionQuestion, RegExp][] = [
    [{}, /options \(x\): expected pixels from 0 to 89/],
    [{ x: 90, y: 0 }, /options \(x\).*got 90/],
    [{ x: 0, y: -1 }, /options \(y\).*from 0 to 59, got -1/],
    [{ x: 0, y: 0, layer: 'nowhere' }, /options \(layer\).*layers\(\) lists them/],
    [{ x: 0, y: 0, layer: 'up_blocks' }, /options \(layer\).*one layer’s path only.*It is in \d+ of them/],
    [{ x: 0, y: 0, head: 0 }, /options \(head\).*a layer that it belongs to/],
    [{ x: 0, y: 0, layer: layers[0].name, head: 2 }, /options \(head\).*from 0 to 1, got 2/],
    [{ x: 0, y: 0, layer: layers[0].name, timestep: 301 }, /options \(timestep\).*one of 300, 100, got 301/],
    [{ token: 0 }, /options \(token\).*a layer of cross-attention/],
    [{ token: 77, layer: layers[1].name }, /options \(token\).*from 0 to 76/],
    [{ x: 0, y: 0, layer: layers[1].name, direction: 'to' }, /options \(direction\).*a token/],
    [{ x: 0, y: 0, direction: 'both' as 'to' }, /options \(direction\)/],
    [null as unknown as AttentionQuestion, /options \(question\)/],
  ]
  for (const [question, message] of wrong) await assert.rejects(view.attention(question), message)
  await assert.rejects(view.segment({ foreground: 'text' }), /options \(prompt\): expected words/)
  await assert.rejects(view.segment({ thresholds: [-1] }), /options \(thresholds\)/)
  await assert.rejects(view.segment(5 as unknown as object), /options \(question\)/)
  await assert.rejects(
    adzus.segment(PICTURE, { method: { kind: 'diffseg' }, anchors: 8 }),
    /options \(method\): expected method, or anchors, got "?both/,
  )
  if (Symbol.asyncDispose) await view[Symbol.asyncDispose]()
  await assert.rejects(view.segment(), /disposed/)
})

function near(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(got.length, expected.length)
  for (let i = 0; i < got.length; i++) assert.ok(Math.abs(got[i] - expected[i]) < 1e-6, `${i}: ${got[i]} instead of ${expected[i]}`)
}
