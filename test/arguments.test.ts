/**
 * @file Wrong calls: whatever is passed to a public function, the answer is one `AdzusError` of bounded length that names the argument, before anything is computed.
 */
import assert from 'node:assert/strict'
import { afterAll, test } from 'vitest'
import { valueText } from '../src/arguments.ts'
import { AdzusError } from '../src/errors.ts'
import * as api from '../src/index.ts'
import { Adzus } from '../src/index.ts'
import { openBackend } from '../src/open-backend.ts'
import { disc } from './support/pictures.ts'

// As programs without types see it.
// biome-ignore lint/suspicious/noExplicitAny: any call at all
type Any = any

const backend = await openBackend('cpu')
const adzus: Any = await Adzus.load(undefined, { backend })
afterAll(async () => {
  await adzus.dispose()
  await backend.dispose()
})
const image = { width: 60, height: 40, data: disc(60, 40) }
const FAST = { size: 64, thresholds: [0.2, 0.2, 0.2] }
const lib: Any = api
const cyclic: Any = {}
cyclic.self = cyclic
const promise = Promise.resolve(image)

/** The error of a call, however it fails. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    const result: Any = await call()
    if (result?.[Symbol.asyncIterator]) for await (const _ of result);
  } catch (error) {
    return error
  }
  return undefined
}

async function refuse(calls: [name: string, call: () => unknown][], where?: string): Promise<void> {
  const { live } = backend.memory
  for (const [name, call] of calls) {
    const error = await failureOf(call)
    assert.ok(error instanceof AdzusError, `${name}: ${error === undefined ? 'went through' : ((error as Error).stack ?? error)}`)
    assert.ok(error.message.length < 2000, `${name}: ${error.message.length} characters`)
    assert.doesNotMatch(error.message, /\[object|undefined\)/, name)
    if (where !== undefined) assert.equal(error.failure.where, where, name)
    assert.equal(backend.memory.live, live, name)
  }
}

/** Wrong values by option. */
const OPTIONS: Record<string, unknown[]> = {
  size: [null, '512', [1, 2, 3], [64], [], {}, [64, '64'], 0, -5, Number.NaN, Infinity, true, 1e9, 64n, () => 64, [null, 64]],
  timesteps: [null, 0, 'a', [], ['300'], [300.5], [-1], [1000], [null], [[300]], new Uint16Array([300]), new Array(10_000).fill(300), {}],
  thresholds: [null, 0.4, ['0.4'], [Number.NaN], [0], [-1], [], [-Infinity], new Array(100_000).fill(0.4), [0.4, null], {}, '0.4'],
  anchors: [null, '16', 1, 1025, 2.5, [16], Number.NaN, 16n, true],
  refine: [null, 'false', 0, 1, {}],
  noise: ['1', 1.5, -1, 2 ** 32, Number.NaN, true, [1]],
  denoise: ['1', 1.5, 0, 1000, true, {}],
  resolutions: [8, '8', [], ['8'], [3], {}, [Number.NaN]],
  layers: ['mid', [], [5], [''], ['nowhere'], [null], {}],
  heads: [0, '0', [], ['0'], [-1], [99], [0.5], [null]],
  weights: [
    0,
    '8=2',
    [],
    { sides: {} },
    { heads: 5 },
    { heads: [1] },
    { heads: { 0: '1' } },
    { heads: { 99: 1 } },
    { layers: { mid: -1 } },
    { resolutions: { 3: 1 } },
  ],
  grid: ['16', 1, 1e6, 8.5, Number.NaN, [8], {}, true],
  tileVae: [null, 'true', 1, []],
  emptyPrompt: [null, '', 'none', 0, ['zeros'], {}],
  foreground: [
    null,
    '',
    'centre',
    5,
    true,
    [],
    ['auto'],
    {},
    { point: 5 },
    { point: [1] },
    { point: ['1', '2'] },
    { point: [1, 2, 3] },
    { point: [-1, 0] },
    { point: [Infinity, 0] },
    { box: [1, 2] },
    { box: [5, 5, 1, 1] },
    { box: null },
    { text: '' },
    { text: 5 },
    { text: ' ', point: [1, 2] },
    () => 'auto',
  ],
  window: [
    null,
    '',
    'none',
    5,
    true,
    [],
    [5],
    [5, 5],
    [6, 5],
    [Number.NaN, 5],
    [0, Infinity],
    ['0', '1'],
    [1, 2, 3],
    {},
    { percentiles: 5 },
    { percentiles: [-1, 50] },
    { percentiles: [50, 100.5] },
    { percentiles: [99, 1] },
    () => 'auto',
  ],
  channel: ['', [], 0, 1.5, [1, 2, 3, 4], {}],
  orient: [null, 'true', 1, 6, {}],
  name: [null, 5, ['a'], {}],
  signal: [null, {}, 5, new AbortController(), 'abort'],
  onProgress: [null, 5, 'log', {}, []],
}
const BAGS = [null, 5, 'fast', [], true, () => {}, new Uint8Array(3)]

test('options of a picture', async () => {
  for (const [name, values] of Object.entries(OPTIONS)) {
    for (const value of values) {
      const options = { ...FAST, [name]: value }
      const label = `${name}: ${valueText(value)}`
      const calls: [string, () => unknown][] = [
        [`segment ${label}`, () => adzus.segment(image, options)],
        [`parameters ${label}`, () => adzus.parameters(options)],
      ]
      if (name !== 'name') calls.push([`segmentAll ${label}`, () => adzus.segmentAll([image], options)])
      await refuse(calls, name === 'layers' || name === 'grid' ? undefined : name)
    }
  }
})

test('options that are none', async () => {
  for (const bag of BAGS)
    await refuse(
      [
        ['segment', () => adzus.segment(image, bag)],
        ['segmentAll', () => adzus.segmentAll([image], bag)],
        ['attention', () => adzus.attention(image, bag)],
        ['parameters', () => adzus.parameters(bag)],
        ['tune', () => adzus.tune(bag)],
        ['load', () => lib.Adzus.load(undefined, bag)],
        ['openBackend', () => lib.openBackend('cpu', bag)],
        ['plan', () => lib.Adzus.plan(adzus.model, backend, {}, bag)],
        ['plan, checkpoint', () => lib.Adzus.plan(adzus.model, backend, bag)],
        ['hubFiles', () => lib.hubFiles('owner/name', bag)],
      ],
      'options',
    )
})

test('names that no option has', async () => {
  const view = await adzus.look(image, FAST)
  const model = adzus.model
  const calls: [wrong: string, right: string, call: (options: object) => unknown][] = [
    ['threshold', 'thresholds', (o) => adzus.segment(image, { ...FAST, ...o })],
    ['timestep', 'timesteps', (o) => adzus.parameters(o)],
    ['batchs', 'batch', (o) => adzus.segmentAll([image], o)],
    ['layer', 'layers', (o) => adzus.attention(image, o)],
    ['promt', 'prompt', (o) => adzus.look(image, o)],
    ['budjet', 'budget', (o) => adzus.tune(o)],
    ['anchor', 'anchors', (o) => view.segment(o)],
    ['thresold', 'thresholds', (o) => view.mask('auto', o)],
    ['refined', 'refine', (o) => view.merges(o)],
    ['tokn', 'token', (o) => view.attention({ x: 1, y: 1, ...o })],
    ['heds', 'heads', (o) => view.map(o)],
    ['weight', 'weights', (o) => view.prominence(o)],
    ['backends', 'backend', (o) => lib.Adzus.load(undefined, { backend, ...o })],
    ['sise', 'size', (o) => lib.Adzus.load(undefined, { backend, expect: o })],
    ['tokens', 'token', (o) => lib.Adzus.load(undefined, { backend, hub: o })],
    ['revison', 'revision', (o) => lib.hubFiles('owner/name', o)],
    ['foregound', 'foreground', (o) => lib.Adzus.plan(model, backend, {}, o)],
    ['dtyp', 'dtype', (o) => lib.Adzus.plan(model, backend, o)],
    ['thread', 'threads', (o) => lib.openBackend('cpu', o)],
    ['palete', 'palette', (o) => lib.encodePng(1, 1, new Uint8Array(1), o)],
  ]
  for (const [wrong, right, call] of calls)
    for (const value of [undefined, 1]) {
      const error = await failureOf(() => call({ [wrong]: value }))
      assert.ok(error instanceof AdzusError, wrong)
      assert.match(error.message, new RegExp(`got ${wrong}\\. Did you mean ${right}\\?$`))
    }
  const far = await failureOf(() => adzus.segment(image, { ['x'.repeat(1e5)]: 1 }))
  assert.ok(far instanceof AdzusError && far.message.length < 2000 && !far.message.includes('Did you mean'))
  await view.dispose()
})

test('pictures', async () => {
  const wrong = [undefined, null, 5, 'photo.png', promise, {}, [], [image], image.data.buffer, { width: 5, height: 5 }, cyclic, Symbol('x')]
  for (const value of wrong)
    await refuse(
      [
        [`segment ${valueText(value)}`, () => adzus.segment(value, FAST)],
        [`attention ${valueText(value)}`, () => adzus.attention(value, FAST)],
      ],
      'image',
    )
  assert.match(String(await failureOf(() => adzus.segment('photo.png'))), /got "photo\.png"\. Read the file/)
  assert.match(String(await failureOf(() => adzus.segment(promise))), /Await it/)
  const odd = [
    new Uint8Array(0),
    { ...image, data: [...image.data] },
    { ...image, data: 'abc' },
    { ...image, data: null },
    { ...image, width: 61 },
    { ...image, width: -60 },
    { ...image, height: Number.NaN },
    { ...image, data: new Float64Array(60 * 40) },
    { ...image, orientation: 0 },
    { ...image, orientation: '6' },
  ]
  for (const value of odd) await refuse([[valueText(value), () => adzus.segment(value, FAST)]])
})

test('many pictures', async () => {
  const wrong = [
    undefined,
    null,
    5,
    'photo.png',
    image.data,
    image,
    { read: async () => image },
    promise,
    {},
    () => [image],
    image.data.buffer,
  ]
  for (const value of wrong) await refuse([[`segmentAll ${valueText(value)}`, () => adzus.segmentAll(value, FAST)]], 'images')
  assert.match(String(await failureOf(() => adzus.segmentAll(image.data))), /Put a single picture into a list/)
  for (const batch of [null, 0, 1.5, '2', 65, Number.NaN, [2]])
    await refuse([[`batch ${valueText(batch)}`, () => adzus.segmentAll([image], { ...FAST, batch })]], 'batch')
  const iterators = [() => 5, () => ({}), () => ({ next: () => 5 }), () => ({ next: () => null })]
  for (const begin of iterators) await refuse([['a broken iterator', () => adzus.segmentAll({ [Symbol.iterator]: begin }, FAST)]], 'images')
})

test('of many pictures what is none is its own error', async () => {
  const items = [
    null,
    undefined,
    5,
    'photo.png',
    [],
    {},
    { read: 5 },
    { read: null },
    { name: 5, read: async () => image },
    { read: async () => undefined },
    { read: async () => 'junk' },
    { read: async () => ({ width: 5 }) },
    { read: () => image },
    promise,
    image,
  ]
  const outcomes: string[] = []
  for await (const result of adzus.segmentAll(items, FAST)) {
    outcomes.push(result.status)
    if (result.status === 'rejected') assert.ok(result.reason instanceof AdzusError && result.reason.message.length < 500)
  }
  assert.deepEqual(outcomes, [...Array(items.length - 3).fill('rejected'), 'fulfilled', 'fulfilled', 'fulfilled'])
})

test('loading', async () => {
  for (const model of [null, 5, '', ' ', {}, [], true, new Map(), promise, { root: 'x', list: 5 }])
    await refuse(
      [
        [`load ${valueText(model)}`, () => lib.Adzus.load(model)],
        [`plan ${valueText(model)}`, () => lib.Adzus.plan(model, backend)],
        [`estimate ${valueText(model)}`, () => lib.Adzus.estimate(model, backend)],
      ],
      'model',
    )
  const options: Record<string, unknown[]> = {
    backend: [null, 5, {}, [], true, { kind: 'cpu' }, promise],
    dtype: [null, 'f64', 16, true, ['f16']],
    variant: [null, 5, {}],
    vae: [null, 5, '', {}, []],
    base: [null, 5, '', {}, true],
    tune: [null, 'x', 0, {}],
    cache: [null, 'x', 1],
    expect: [null, 5, [], 'x'],
    onNote: [null, 5, 'x', {}],
    signal: [null, {}, 5, new AbortController()],
    hub: [null, 5, 'x', []],
  }
  for (const [name, values] of Object.entries(options))
    for (const value of values)
      await refuse([[`load { ${name}: ${valueText(value)} }`, () => lib.Adzus.load(undefined, { backend, [name]: value })]], name)
  await refuse([['expect size', () => lib.Adzus.load(undefined, { backend, expect: { size: null } })]], 'size')
  await refuse([['expect batch', () => lib.Adzus.load(undefined, { backend, expect: { batch: 0 } })]], 'batch')
  await refuse([['the kind of backend', () => lib.Adzus.load(undefined, { backend: 'gpu' })]])
  for (const target of [undefined, null, 5, 'cpu', {}, { kind: 'gpu', maxTensorBytes: 1 }])
    await refuse([[`plan for ${valueText(target)}`, () => lib.Adzus.plan(adzus.model, target)]], 'target')
  await refuse([['plan batch', () => lib.Adzus.plan(adzus.model, backend, {}, {}, 0)]], 'batch')
})

test('backends', async () => {
  for (const kind of [null, 'gpu', 5, {}, Symbol('cpu')]) await refuse([[`openBackend ${valueText(kind)}`, () => lib.openBackend(kind)]])
  for (const threads of [null, -1, 0, 1.5, '2', Number.NaN, 257, [2], Infinity])
    await refuse([[`threads ${valueText(threads)}`, () => lib.openBackend('cpu', { threads })]], 'threads')
  await refuse([['relaxed', () => lib.openBackend('cpu', { relaxed: 'no' })]], 'relaxed')
  for (const budget of [null, '5', -1, Number.NaN]) await refuse([[`budget ${valueText(budget)}`, () => adzus.tune({ budget })]], 'budget')
  await refuse([['onAnswer', () => adzus.tune({ onAnswer: 5 })]], 'onAnswer')
  await refuse([['describeAdapter', () => lib.describeAdapter(null)]], 'adapter')
})

test('functions beside the model', async () => {
  const labels = new Uint8Array(2400).fill(1)
  for (const value of [undefined, null, 5, 'x', {}, [], promise, [1, 2]])
    await refuse([
      ['decodeImage', () => lib.decodeImage(value)],
      ['decodeImage, display', () => lib.decodeImage(image.data, 'x', value ?? null)],
      ['openImages', () => lib.openImages(value)],
      ['toRgb', () => lib.toRgb(value)],
      ['toRgb, window', () => lib.toRgb({ ...image, channels: 3 }, Array.isArray(value) || value === undefined ? [2, 1] : value)],
      ['parseWindow', () => lib.parseWindow(value)],
      ['registerFormat', () => lib.registerFormat(value)],
      ['overlay', () => lib.overlay(value, labels, labels)],
      ['overlay, labels', () => lib.overlay(image, value, labels)],
      ['overlay, mask', () => lib.overlay(image, labels, value)],
      ['encodePng', () => lib.encodePng(value, 40, labels)],
      ['encodePng, data', () => lib.encodePng(60, 40, value)],
      ['encodeLabels', () => lib.encodeLabels(value, 60, 40, 1)],
      ['encodeLabels, width', () => lib.encodeLabels(labels, value === 5 ? 6 : value, 40, 1)],
      ['encodeLabels, count', () => lib.encodeLabels(labels, 60, 40, value === 5 ? 0 : value)],
      ['overlap', () => lib.overlap(value, labels)],
      ['overlap, second', () => lib.overlap(labels, value)],
      ['oracle', () => lib.oracle(value, 1, labels)],
      ['oracle, reference', () => lib.oracle(labels, 1, value)],
      ['memoryFiles', () => lib.memoryFiles(value === 'x' ? 5 : value, new Map())],
      ['memoryFiles, contents', () => lib.memoryFiles('x', value)],
      ['parseForeground', () => lib.parseForeground(value)],
      ['hubFiles', () => lib.hubFiles(value)],
      ['misfit', () => lib.misfit(value, backend)],
      ['heatMap', () => lib.heatMap(value, labels, { h: 40, w: 60 })],
      ['heatMap, values', () => lib.heatMap(image, value, { h: 40, w: 60 })],
      ['heatMap, grid', () => lib.heatMap(image, labels, value)],
      ['isPicture', () => lib.isPicture(value)],
      ['chooseOutputs', () => lib.chooseOutputs(Array.isArray(value) && value.length === 0 ? ['nothing'] : value)],
      ['encodeImage', () => lib.encodeImage(value)],
      ['segmentPalette', () => lib.segmentPalette(value === 5 ? 1000 : value)],
      ['segmentColour', () => lib.segmentColour(value === 5 ? -1 : value)],
      ['modelLayers', () => lib.modelLayers(value === 'x' ? '' : value)],
      ['readDefaults', () => lib.readDefaults(value, 512)],
      ['debugLines', () => lib.debugLines(value, () => {})],
      ['debugLines, print', () => lib.debugLines(1, value)],
      ['Trace', () => new lib.Trace(value, value)],
    ])
  await refuse([
    ['decodeImage, where', () => lib.decodeImage(image.data, 5)],
    ['decodeImage, window', () => lib.decodeImage(image.data, 'x', { window: 'none' })],
    ['decodeImage, orient', () => lib.decodeImage(image.data, 'x', { orient: 1 })],
    ['openImages, where', () => lib.openImages(image.data, 5)],
    ['toRgb, channels', () => lib.toRgb({ ...image, channels: 5 })],
    ['encodePng, options', () => lib.encodePng(60, 40, labels, 5)],
    ['encodePng, software', () => lib.encodePng(60, 40, labels, { software: 5 })],
    ['encodePng, palette', () => lib.encodePng(60, 40, labels, { palette: 5 })],
    ['encodePng, colours', () => lib.encodePng(60, 40, labels, { palette: [[1, 2]] })],
    ['joinRows', () => lib.joinRows('all', 5)],
  ])
})

test('the parameters of a result are options that give it again', async () => {
  const first = await adzus.segment(image, FAST)
  const again = await adzus.segment(image, first.parameters)
  assert.deepEqual(again.labels, first.labels)
  assert.deepEqual(again.parameters, first.parameters)
})

test('any value has words', () => {
  const cases: [unknown, string][] = [
    [undefined, 'undefined'],
    [Number.NaN, 'NaN'],
    ['a\n', '"a\\n"'],
    [5n, '5n'],
    [[1, Number.NaN, [2]], '[1,NaN,[2]]'],
    [{ a: 'b', c: [1] }, '{"a":"b","c":[1]}'],
    [new Map(), 'an object of Map'],
    [new Uint8Array(5), 'an object of Uint8Array'],
    [cyclic, '{"self":{"self":{"self":{…}}}}'],
    [Object.create(null), '{}'],
  ]
  for (const [value, text] of cases) assert.equal(valueText(value), text)
  assert.ok(valueText('x'.repeat(10 ** 6)).length < 200)
  assert.ok(valueText(Array(10 ** 6).fill(0)).length < 200)
  const hostile = new Proxy({}, { getPrototypeOf: () => assert.fail('no') })
  assert.equal(valueText(hostile), 'something that cannot be shown')
})
