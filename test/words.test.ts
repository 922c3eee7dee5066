/** @file A model whose text encoder knows no words refuses to look for them, whoever asks; a prompt alone is taken. */
import assert from 'node:assert/strict'
import { afterAll, test } from 'vitest'
import { Adzus, AdzusError, memoryFiles, readDefaults } from '../src/index.ts'
import { adzus as adzusCommand, temporaryFolder } from './support/cli.ts'
import { modelWithWords } from './support/embedded-with.ts'
import { disc } from './support/pictures.ts'

const OPTIONS = { size: 64 }
const TARGET = { kind: 'cpu', maxTensorBytes: 2 ** 31 } as const
const image = { width: 40, height: 30, data: disc(40, 30) }
const adzus = await Adzus.load(undefined, { backend: 'cpu' })
afterAll(() => adzus.dispose())

const refused = (error: unknown) =>
  error instanceof AdzusError &&
  /options \(foreground\): expected a rule without words, got text, .*adzus-tiny knows no words.*real Stable Diffusion weights \(--model\)/.test(
    error.message,
  )

test('words are refused by segment, segmentAll, look, views and plans', async () => {
  const text = { text: 'a cell' }
  await assert.rejects(adzus.segment(image, { ...OPTIONS, foreground: text }), refused)
  await assert.rejects(adzus.segment(image, { ...OPTIONS, prompt: 'a cell', foreground: 'text' }), refused)
  await assert.rejects(adzus.segmentAll([image], { ...OPTIONS, foreground: text }).next(), refused)
  await assert.rejects(adzus.look(image, { ...OPTIONS, foreground: text }), refused)
  await assert.rejects(Adzus.plan('weights/adzus-tiny', TARGET, {}, { ...OPTIONS, foreground: text }), refused)
  const view = await adzus.look(image, { ...OPTIONS, prompt: 'a cell' })
  await assert.rejects(view.segment({ foreground: 'text' }), refused)
  await assert.rejects(view.mask(text), refused)
  await view.dispose()
})

test('words are refused by the command line, and by its dry run', async (t) => {
  const folder = await temporaryFolder(t)
  const call = ['segment', 'data/bccd/images/BloodImage_00163.jpg', '--backend', 'cpu', '--size', '64', '--foreground', 'text=a cell', '-q']
  for (const args of [
    [...call, '-o', `${folder}/out`],
    [...call, '--explain'],
  ]) {
    const { code, stderr } = await adzusCommand(args)
    assert.equal(code, 2)
    assert.match(stderr, /knows no words/)
  }
})

test('a prompt is taken without looking for its words', async () => {
  const { parameters } = await adzus.segment(image, { ...OPTIONS, prompt: 'a cell' })
  assert.deepEqual([parameters.prompt, parameters.foreground], ['a cell', 'auto'])
})

test('a model is taken to know words unless its adzus.json says otherwise', async () => {
  const read = (text: string) => readDefaults(memoryFiles('model', new Map([['adzus.json', text]])), 256)
  assert.equal((await read('{}')).words, true)
  assert.equal((await readDefaults(memoryFiles('model', new Map()), 256)).words, true)
  assert.equal((await read('{ "words": false }')).words, false)
  await assert.rejects(read('{ "words": "none" }'), /words in .*expected true or false/)
  const other = await Adzus.load(await modelWithWords(), { backend: 'cpu' })
  const { parameters } = await other.segment(image, { ...OPTIONS, foreground: { text: 'a cell' } })
  assert.equal(parameters.foreground, 'text')
  await other.dispose()
})
