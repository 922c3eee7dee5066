/**
 * @file What SDXL's UNet is told besides the picture: two text encoders side by side, their pooled text, sizes, and what stands for no text; and the grid
 * that attention is aggregated on.
 */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { Model } from '../src/adzus/model.ts'
import { memoryFiles } from '../src/checkpoint/files.ts'
import { Adzus } from '../src/index.ts'
import { openBackend } from '../src/open-backend.ts'
import { ClipText, releaseOutput } from '../src/text/clip.ts'
import { Tokenizer } from '../src/text/tokenizer.ts'
import { disc } from './support/pictures.ts'
import { folderOf, randomParts } from './support/pipelines.ts'

const contents = folderOf('sdxl', await randomParts('sdxl', 'F16'))
const files = memoryFiles('sdxl', contents)
const picture = { width: 48, height: 32, data: disc(48, 32) }
const without = (pattern: RegExp) => memoryFiles('part', new Map([...contents].filter(([n]) => !pattern.test(n))))
const indexed = (fields: object) =>
  memoryFiles(
    'index',
    new Map(contents).set('model_index.json', JSON.stringify({ ...JSON.parse(contents.get('model_index.json') as string), ...fields })),
  )

test('the context is the last layer but one of both encoders, the pooled text the second one’s projection', async () => {
  const backend = await openBackend('cpu')
  const model = await Model.load(files, backend)
  const text = 'a cell! and another'
  const { tensor, pooled, words } = await model.conditioning.context(text)
  const got = await tensor.floats()
  assert.deepEqual(tensor.shape, [1, 77, 128])
  assert.deepEqual(words, [1, 2, 3, 4, 5])
  for (const [folder, tokenizer, first] of [
    ['text_encoder', 'tokenizer', 0],
    ['text_encoder_2', 'tokenizer_2', 64],
  ] as const) {
    const encoder = await ClipText.load(files, folder, backend)
    const output = encoder.forward((await Tokenizer.open(files, tokenizer)).encodePadded(text))
    // Embedding, layer 1, layer 2: the second of three.
    const expected = await output.hiddenStates[1].floats()
    const part = Float32Array.from(expected, (_, i) => got[Math.floor(i / 64) * 128 + first + (i % 64)])
    assert.deepEqual(part, expected, folder)
    if (output.textEmbeds) assert.deepEqual(pooled, await output.textEmbeds.floats())
    releaseOutput(output)
    encoder.dispose()
  }
  const added = model.conditioning.added({ tensor, words, pooled }, [640, 512])
  assert.deepEqual([...added!.timeIds], [512, 640, 0, 0, 512, 640])
  assert.equal(await model.conditioning.context(text).then((c) => c.tensor), tensor, 'encoded once')
  const { live } = backend.memory
  model.dispose()
  assert.ok(backend.memory.live < live)
  assert.equal(backend.memory.live, 0)
  await backend.dispose()
})

test('no text: zeros where the model says so, the encoded empty text otherwise or on request', async () => {
  const attention = async (model: typeof files, emptyPrompt?: 'zeros' | 'encoded') => {
    const adzus = await Adzus.load(model, { backend: 'cpu' })
    const maps = await adzus.attention(picture, { size: 64, heads: [0], emptyPrompt })
    const used = adzus.parameters({ emptyPrompt }).emptyPrompt
    await adzus.dispose()
    return { used, last: maps.at(-1)!.probabilities }
  }
  const zeros = await attention(files)
  const encoded = await attention(files, 'encoded')
  assert.deepEqual([zeros.used, encoded.used], ['zeros', 'encoded'])
  assert.notDeepEqual(zeros.last, encoded.last)
  assert.deepEqual(await attention(indexed({ force_zeros_for_empty_prompt: false })), encoded)
  assert.deepEqual(await attention(indexed({ force_zeros_for_empty_prompt: false }), 'zeros'), zeros)
  const index = JSON.parse(contents.get('model_index.json') as string)
  const none = Object.fromEntries(
    Object.keys(index)
      .filter((k) => /^t/.test(k))
      .map((k) => [k, [null, null]]),
  )
  const textless = memoryFiles(
    'textless',
    new Map([...contents].filter(([n]) => !/^t/.test(n))).set('model_index.json', JSON.stringify({ ...index, ...none })),
  )
  assert.deepEqual(await attention(textless), zeros, 'zeros need no text encoder')
  await assert.rejects(attention(textless, 'encoded'), /tokenizer/)
})

test('what does not fit together', async () => {
  const projectionless = new Map(contents)
  projectionless.set('text_encoder_2/model.safetensors', contents.get('text_encoder/model.safetensors')!)
  const cases: [typeof files, RegExp][] = [
    [without(/^text_encoder_2/), /text_encoder_2/],
    [memoryFiles('p', projectionless), /expected a text encoder with projection \(text_projection\.weight\), got one without/],
    [
      memoryFiles(
        'w',
        new Map(contents).set(
          'unet/config.json',
          (contents.get('unet/config.json') as string).replace('"cross_attention_dim":128', '"cross_attention_dim":96'),
        ),
      ),
      /shape/,
    ],
  ]
  for (const [model, message] of cases)
    await assert.rejects(async () => {
      const adzus = await Adzus.load(model, { backend: 'cpu' })
      try {
        await adzus.attention(picture, { size: 64, emptyPrompt: 'encoded' })
      } finally {
        await adzus.dispose()
      }
    }, message)
})

test('the grid of the aggregated map', async () => {
  const backend = await openBackend('cpu')
  const notes: string[] = []
  const adzus = await Adzus.load(files, { backend, onNote: (text) => notes.push(text) })
  const options = { size: [128, 128] as const, thresholds: [0.05, 0.05, 0.05] }
  const plain = await adzus.segment(picture, options)
  // The latent has 16 × 16 cells, the finest self-attention 8 × 8.
  assert.deepEqual((await adzus.segment(picture, { ...options, grid: 8 })).labels, plain.labels)
  assert.equal(notes.length, 0)
  Object.defineProperty(backend, 'maxTensorBytes', { value: 200_000 })
  const fine = await adzus.segment(picture, { ...options, grid: 16 })
  await adzus.segment(picture, { ...options, grid: 16 })
  const maps = notes.filter((n) => n.includes('aggregated map'))
  assert.deepEqual(maps, ['the aggregated map of 16 × 16 cells takes 256 KiB, in 2 bands: the device binds at most 195 KiB at once'])
  assert.ok(fine.segments.length > 0)
  assert.equal(fine.parameters.grid, 16)
  for (const grid of [7, 17, 8.5])
    assert.throws(() => adzus.parameters({ ...options, grid }), /whole number from 8.*to 16, the latent's side/)
  await adzus.dispose()
  await backend.dispose()
})
