/** @file What the panel Change computes by itself: the tree's layout, differences, choices and their texts. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { defaultsOf, shortForm, withChoice } from '../../explorer/panels/change/choices.ts'
import { differenceOf } from '../../explorer/panels/change/compare/difference.ts'
import { saySettings } from '../../explorer/panels/change/compare/say.ts'
import { channelForm, countForm, sizeForm, stepsForm, windowForm } from '../../explorer/panels/change/look-forms.ts'
import { milliseconds } from '../../explorer/panels/change/spent.ts'
import { layoutRound, scaleOf, segmentsOf } from '../../explorer/panels/change/tree/layout.ts'
import { type Chosen, listOf, namesOf, partsOf, withFactors } from '../../explorer/panels/change/weights.ts'
import { Pursuit } from '../../explorer/pursuit.ts'
import { fromHash, toHash } from '../../explorer/settings.ts'

/** Of five proposals: 1 is near 0, 3 is near 2 and 0, 4 is near nobody. */
const TABLE = Float32Array.from([
  ...[0, 0.1, 0.9, 0.35, 3],
  ...[0.1, 0, 0.8, 0.5, 3],
  ...[0.9, 0.8, 0, 0.2, 2],
  ...[0.35, 0.5, 0.2, 0, 2.5],
  ...[3, 3, 2, 2.5, 0],
])
const GROUPS = [
  [
    { proposal: 0, divergence: 0 },
    { proposal: 1, divergence: 0.1 },
    { proposal: 3, divergence: 0.35 },
  ],
  [
    { proposal: 2, divergence: 0 },
    { proposal: 3, divergence: 0.2 },
  ],
  [{ proposal: 4, divergence: 0 }],
]

test('every proposal stands once in the tree, ends where it joined, and founders where they would join next', () => {
  const leaves = layoutRound({ groups: GROUPS, divergences: TABLE })
  const f32 = (x: number) => Math.fround(x)
  assert.deepEqual(leaves, [
    { proposal: 0, group: 0, founder: true, height: Number.POSITIVE_INFINITY, others: 0 },
    { proposal: 1, group: 0, founder: false, height: 0.1, parent: 0, others: 0 },
    { proposal: 3, group: 0, founder: false, height: 0.35, parent: 0, others: 1 },
    { proposal: 2, group: 1, founder: true, height: f32(0.9), parent: 0, others: 0 },
    // 2 is nearer, but would itself have joined 0 by then.
    { proposal: 4, group: 2, founder: true, height: 3, parent: 0, others: 0 },
  ])
})

test('a founder joins one that still is a founder at that height', () => {
  const divergences = Float32Array.from([0, 2, 3, 2, 0, 1, 3, 1, 0])
  const groups = [0, 1, 2].map((proposal) => [{ proposal, divergence: 0 }])
  const leaves = layoutRound({ groups, divergences })
  assert.deepEqual(
    leaves.map(({ proposal, parent, height }) => [proposal, parent, height]),
    [
      [0, undefined, Number.POSITIVE_INFINITY],
      [1, 0, 2],
      [2, 1, 1],
    ],
  )
})

test('a proposal has the segment that its group became, through all rounds', () => {
  const rounds = [
    { groups: GROUPS },
    {
      groups: [
        [{ proposal: 0, divergence: 0 }],
        [
          { proposal: 1, divergence: 0 },
          { proposal: 2, divergence: 0.3 },
        ],
      ],
    },
  ]
  assert.deepEqual(segmentsOf(rounds, [1, 0]), [
    [1, 1, 0, 1, 0],
    [1, 0, 0],
  ])
})

test('the scale of the tree goes to and fro', () => {
  const scale = scaleOf(layoutRound({ groups: GROUPS, divergences: TABLE }), 0.4)
  assert.ok(Math.abs(scale.most - 3.3) < 1e-6)
  for (const divergence of [0, 0.01, 0.4, 3]) assert.ok(Math.abs(scale.divergence(scale.place(divergence)) - divergence) < 1e-6)
  assert.deepEqual([scale.place(-1), scale.place(9), scale.divergence(2)], [0, 1, scale.most])
  assert.ok(Math.abs(scaleOf([], 0.4).most - 0.44) < 1e-9)
})

test('two results differ by segments, shares and the overlap of their masks', () => {
  const difference = differenceOf({ segments: 2, mask: [255, 255, 0, 0] }, { segments: 3, mask: [0, 255, 255, 255] })
  assert.deepEqual(difference, { segments: [2, 3], foreground: [0.5, 0.75], overlap: { dice: 0.4, iou: 0.25 }, apart: 0.75 })
  const none = differenceOf({ segments: 1, mask: [0, 0] }, { segments: 1, mask: [0, 0] })
  assert.ok(Number.isNaN(none.overlap.dice))
  assert.equal(none.apart, 0)
})

test('what is as by default is left out of the settings', () => {
  assert.deepEqual(withChoice({ anchors: 8, refine: true }, 'anchors', 16, 16), { refine: true })
  assert.deepEqual(withChoice({ anchors: 8 }, 'anchors', undefined), {})
  assert.deepEqual(withChoice({}, 'thresholds' as never, [0.2] as never, [0.4]), { thresholds: [0.2] })
  assert.deepEqual(shortForm({ method: { kind: 'diffseg', anchors: 9 }, edges: 'none' }), { anchors: 9, edges: 'none' })
  assert.equal(defaultsOf({}), undefined)
})

const ALL: Chosen = { resolutions: null, layers: null, heads: null }

test('lists and weights of attention become rows, and rows lists and weights', () => {
  const layer = (name: string, side: number, kind: 'self' | 'cross' = 'self') => ({ name, kind, grid: { h: side, w: side / 2 }, heads: 2 })
  const layers = [layer('down.0', 8), layer('down.1', 4), layer('down.1.words', 4, 'cross'), layer('up.0', 8)]
  assert.deepEqual(namesOf(layers, 'resolutions'), [8, 4])
  assert.deepEqual(namesOf(layers, 'layers'), ['down.0', 'down.1', 'up.0'])
  assert.deepEqual(namesOf(layers, 'heads'), [0, 1])
  // Pieces of a path mean every layer that has them, and their factors multiply.
  const question = { layers: ['down'], weights: { layers: { down: 2, '.0': 0.5 }, heads: { 1: 0 } } }
  const parts = partsOf(namesOf(layers, 'layers'), 'layers', question, ALL)
  assert.deepEqual(parts, [
    { name: 'down.0', counts: true, factor: 1 },
    { name: 'down.1', counts: true, factor: 2 },
    { name: 'up.0', counts: false, factor: 0.5 },
  ])
  const own = (look: Chosen) => partsOf(namesOf(layers, 'layers'), 'layers', {}, look)
  assert.deepEqual(listOf(parts, own(ALL)), ['down.0', 'down.1'])
  assert.deepEqual(withFactors(question.weights, 'layers', parts), { heads: { 1: 0 }, layers: { 'down.1': 2, 'up.0': 0.5 } })
  assert.equal(listOf(parts, own({ ...ALL, layers: ['down'] })), undefined, 'as the look chose')
  assert.deepEqual(listOf(own(ALL), own({ ...ALL, layers: ['up'] })), ['down.0', 'down.1', 'up.0'], 'all, although the look has fewer')
  assert.deepEqual(
    own({ ...ALL, layers: ['up'] }).map(({ counts }) => counts),
    [false, false, true],
  )
  assert.equal(withFactors({ heads: { 1: 0 } }, 'heads', []), undefined)
})

test('lines of text are read as options, and what cannot be read is left to the library', () => {
  assert.deepEqual([sizeForm.read('256'), sizeForm.read('512 × 384'), sizeForm.read('wide')], [256, [512, 384], 'wide'])
  assert.deepEqual([sizeForm.write([256, 256]), sizeForm.write([512, 384])], ['256', '512×384'])
  assert.deepEqual(
    [stepsForm.read('300, 100'), stepsForm.read('300,x')],
    [
      [300, 100],
      [300, 'x'],
    ],
  )
  assert.deepEqual([countForm.read(' '), countForm.read('7'), countForm.read('1e')], [null, 7, '1e'])
  assert.deepEqual(
    [windowForm.read('-1000,400'), windowForm.read('p1,p99'), windowForm.read('dark')],
    [[-1000, 400], { percentiles: [1, 99] }, 'dark'],
  )
  assert.deepEqual([windowForm.write({ percentiles: [1, 99] }), windowForm.write([-1000, 400])], ['p1,p99', '-1000,400'])
  assert.deepEqual([channelForm.read(''), channelForm.read('DAPI, 2'), channelForm.write(['DAPI', '2'])], [null, ['DAPI', '2'], 'DAPI, 2'])
})

test('settings and times in a few words', () => {
  assert.equal(saySettings({ look: {}, question: {} }), 'all as by default')
  assert.equal(saySettings({ look: { noise: 7 }, question: { thresholds: [0.2, 0.2], refine: true } }), 'noise 7; threshold 0.2; refine on')
  assert.deepEqual([milliseconds(38.4), milliseconds(1234)], ['38 ms', '1.2 s'])
})

test('a link holds what is kept for the comparison', () => {
  const settings = { ...fromHash(''), kept: { look: {}, question: { anchors: 8 } }, question: { weights: { heads: { 1: 0 } } } }
  assert.deepEqual(fromHash(toHash(settings)), settings)
  assert.deepEqual(fromHash('kept=[1]').kept, {})
})

test('a patient step comes to its end before it is done again, and stops for what stops it', async () => {
  let [inputs, stops] = [1, 1]
  const done: string[] = []
  let end = () => {}
  const ended = () => new Promise<void>((resolve) => (end = resolve))
  const step = {
    name: 'patient',
    inputs: () => [inputs, stops],
    stoppedBy: () => [stops],
    async run(signal: AbortSignal) {
      const own = inputs
      await new Promise((resolve) => setTimeout(resolve, 5))
      done.push(`${own}${signal.aborted ? ' stopped' : ''}`)
      signal.throwIfAborted()
    },
  }
  const pursuit = new Pursuit([step], () => end())
  let all = ended()
  pursuit.changed()
  for (inputs = 2; inputs < 5; inputs++) pursuit.changed()
  await all
  assert.deepEqual(done, ['1', '5'])
  all = ended()
  inputs = 6
  pursuit.changed()
  stops = 2
  pursuit.changed()
  await all
  assert.deepEqual(done.slice(2), ['6 stopped', '6'])
})
