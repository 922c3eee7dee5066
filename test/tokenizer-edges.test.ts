/** @file The tokenizer of the embedded model where texts are empty or too long, and files that are broken; ids of odd texts are in `tokenizer.test.ts` and the goldens. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { memoryFiles } from '../src/checkpoint/files.ts'
import { AdzusError } from '../src/errors.ts'
import { embeddedModel, openDirectory } from '../src/platform/directory.ts'
import { Tokenizer } from '../src/text/tokenizer.ts'
import { type Contents, editJson, readFolder } from './support/checkpoints.ts'
import { LFS_POINTER } from './support/safetensors-files.ts'

const tokenizer = await Tokenizer.open(await openDirectory(embeddedModel()), 'tokenizer')
const [bos, eos] = tokenizer.encode('')
const { maxLength } = tokenizer

test('an empty text is start and end, then padding', () => {
  for (const text of ['', ' ', '\n\t ']) {
    assert.deepEqual(tokenizer.encode(text), [bos, eos])
    assert.equal(tokenizer.encodePadded(text).length, maxLength)
    assert.deepEqual(tokenizer.positions(text), [])
  }
})

test('a text that is too long is cut, the end token stays', () => {
  const long = 'cell '.repeat(200)
  const ids = tokenizer.encodePadded(long)
  assert.equal(ids.length, maxLength)
  assert.deepEqual([ids[0], ids.at(-1)], [bos, eos])
  assert.deepEqual([...ids.subarray(1, -1)], tokenizer.encode(long).slice(1, maxLength - 1))
  assert.equal(tokenizer.positions(long).length, maxLength - 2)
  // One that just fits is whole.
  const fitting = 'a '.repeat(maxLength - 2)
  assert.equal(tokenizer.encode(fitting).length, maxLength)
  assert.deepEqual([...tokenizer.encodePadded(fitting)], tokenizer.encode(fitting))
})

test('words have positions after the start token', () => {
  const text = 'white blood cell'
  const positions = tokenizer.positions(text)
  assert.deepEqual(
    positions,
    tokenizer
      .encode(text)
      .slice(1, -1)
      .map((_, i) => i + 1),
  )
})

test('case and spaces do not matter, special tokens keep their meaning', () => {
  assert.deepEqual(tokenizer.encode('  Blood   CELL\n'), tokenizer.encode('blood cell'))
  assert.deepEqual(tokenizer.encode('a<|endoftext|>b'), [...tokenizer.encode('a').slice(0, -1), eos, ...tokenizer.encode('b').slice(1)])
})

test('each token says which part of the text it stands for', () => {
  const joined = (text: string) => tokenizer.texts(text).join('')
  assert.deepEqual(tokenizer.texts('A b'), ['a', 'b'])
  assert.equal(joined('white  blood Cells'), 'whitebloodcells')
  // The last of the tokens that make up a character has it whole.
  for (const text of ['🙂', 'é', '細胞']) assert.equal(joined(text), text)
  assert.deepEqual(tokenizer.texts('a<|endoftext|>b'), ['a', '<|endoftext|>', 'b'])
  for (const text of ['', 'white blood cell', 'cell '.repeat(200)])
    assert.equal(tokenizer.texts(text).length, tokenizer.positions(text).length)
})

test('any text has ids: emoji, combining marks, control characters', () => {
  for (const text of ['🙂', 'é\u0301', '\u0000', '細胞', '\ud800'])
    assert.ok(
      tokenizer.encode(text).every((id) => Number.isInteger(id) && id >= 0),
      JSON.stringify(text),
    )
})

test('broken files are named', async () => {
  const original: Contents = new Map()
  for (const [name, content] of await readFolder(embeddedModel())) if (name.startsWith('tokenizer/')) original.set(name, content)
  const cases: [string, (contents: Contents) => unknown, RegExp][] = [
    ['no vocabulary', (c) => c.delete('tokenizer/vocab.json'), /tokenizer\/vocab\.json/],
    ['no JSON', (c) => c.set('tokenizer/vocab.json', '{"a":'), /vocab\.json.*expected JSON/],
    ['a list', (c) => c.set('tokenizer/vocab.json', '["a"]'), /vocab\.json.*a JSON object/],
    ['an id that is none', (c) => editJson(c, 'tokenizer/vocab.json', { x: 'y' }), /"x" in .*vocab\.json.*a token id, got "y"/],
    ['no end token', (c) => editJson(c, 'tokenizer/vocab.json', { '<|endoftext|>': undefined }), /the token "<\|endoftext\|>"/],
    ['no merges', (c) => c.delete('tokenizer/merges.txt'), /merges\.txt/],
    ['merges of three', (c) => c.set('tokenizer/merges.txt', '#version: 0.2\na b\na b c\n'), /two pieces a line, got line 3: a b c/],
    ['a web page', (c) => c.set('tokenizer/merges.txt', '<!DOCTYPE html>\n<html>'), /merges\.txt.*got a web page/],
    ['a pointer', (c) => c.set('tokenizer/vocab.json', LFS_POINTER), /vocab\.json.*got a Git LFS pointer.*git lfs pull/],
    ['UTF-16', (c) => c.set('tokenizer/merges.txt', Uint8Array.of(0xff, 0xfe, 0x61, 0)), /merges\.txt.*UTF-8 text, got UTF-16/],
    ['Latin-1', (c) => c.set('tokenizer/merges.txt', Uint8Array.of(0xe4, 0x20, 0x62)), /merges\.txt.*UTF-8 text, got other bytes/],
    ['a negative id', (c) => editJson(c, 'tokenizer/vocab.json', { x: -1 }), /"x" in .*a token id, got -1/],
    ['an id of 33 bits', (c) => editJson(c, 'tokenizer/vocab.json', { x: 2 ** 32 }), /"x" in .*a token id/],
    ['a piece of nothing', (c) => c.set('tokenizer/merges.txt', 'a b\n c\n'), /two pieces a line, got line 2: {2}c/],
    ['a token that is no text', (c) => editJson(c, 'tokenizer/tokenizer_config.json', { pad_token: 5 }), /pad_token.*a token.*got 5/],
    ['a token without text', (c) => editJson(c, 'tokenizer/tokenizer_config.json', { pad_token: {} }), /pad_token.*a token.*got \{\}/],
    ['an empty token', (c) => editJson(c, 'tokenizer/tokenizer_config.json', { pad_token: '' }), /pad_token.*a token/],
    ['an endless line', (c) => c.set('tokenizer/merges.txt', 'a'.repeat(1e6)), /two pieces a line/],
    [
      'an endless file',
      (c) => c.set('tokenizer/vocab.json', new Uint8Array(9e6)),
      /vocab\.json.*a text of at most 8388608 bytes, got 9000000/,
    ],
    ['no room', (c) => editJson(c, 'tokenizer/tokenizer_config.json', { model_max_length: 1 }), /model_max_length/],
  ]
  for (const [name, change, message] of cases) {
    const contents = new Map(original)
    change(contents)
    await assert.rejects(
      Tokenizer.open(memoryFiles('model', contents), 'tokenizer'),
      (error) => error instanceof AdzusError && message.test(error.message) && error.message.length < 2000,
      name,
    )
  }
})

test('line ends of another system and byte order marks change nothing', async () => {
  const original = await readFolder(embeddedModel())
  const text = 'white blood cells, <|endoftext|> and naïve nuclei'
  const expected = tokenizer.encode(text)
  for (const change of [
    (t: string) => t.replaceAll('\n', '\r\n'),
    (t: string) => `\uFEFF${t}`,
    (t: string) => `\uFEFF${t.replaceAll('\n', '\r\n')}`,
  ]) {
    const contents: Contents = new Map(original)
    for (const [name, content] of original)
      if (/^tokenizer\/.*\.(json|txt)$/.test(name)) contents.set(name, change(new TextDecoder().decode(content as Uint8Array)))
    const changed = await Tokenizer.open(memoryFiles('model', contents), 'tokenizer')
    assert.deepEqual(changed.encode(text), expected)
    assert.deepEqual(changed.encodePadded('x'), tokenizer.encodePadded('x'))
  }
})

test('a text without end is refused before it is merged', () => {
  assert.throws(() => tokenizer.encode('a'.repeat(1e6)), /a text of at most 10000 characters, got one of 1000000/)
})
