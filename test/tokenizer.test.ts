/**
 * @file CLIP's tokenizer where texts are odd, against ids that transformers 5.23 (`CLIPTokenizer`) gave for its published vocabulary. A pad token is special in
 * running text as well.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'vitest'
import { memoryFiles } from '../src/checkpoint/files.ts'
import { Tokenizer } from '../src/text/tokenizer.ts'

const [BOS, EOS] = [49406, 49407]

/** A text, its ids, and those with "!" for padding where they differ. */
const CASES: [text: string, ids: number[], padded?: number[]][] = [
  ['a\ufeffb \ufeff', [320, 171, 119, 379, 321, 171, 119, 379]],
  ['\u0085a\u0085\u2003b\u3000', [320, 321]],
  ['<|ENDOFTEXT|>!', [27, 347, 40786, 4160, 91, 285, 256], [27, 347, 40786, 4160, 91, 285, 0]],
  ['!<|ENDOFTEXT|>!', [0, 27, 347, 40786, 4160, 91, 29, 256], [0, 27, 347, 40786, 4160, 91, 285, 0]],
  ['<|endoftext|><|startoftext|>x', [49407, 49406, 343]],
  ['Cells! !!', [8890, 256, 748], [8890, 0, 0, 0]],
  ["don't DON'T 'S", [847, 713, 847, 713, 568]],
  ['\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3', [139, 225, 138, 107, 139, 225, 139, 227, 139, 228, 138, 123, 139, 481]],
  ['e\u0301\u212b\u0130', [3459, 23176, 328, 16384]],
  ['1\ufe0f\u20e32024\u00b2\u2460', [272, 4603, 273, 271, 273, 275, 41175, 158, 239, 510]],
  ['\ud83d\udc69\u200d\ud83d\udd2c\ud83c\udde9\ud83c\uddea\ud83d\udc4d\ud83c\udffd', [26304, 1428, 105, 15222, 11428, 43722]],
  [
    '\u0939\u093f\u0928\u094d\u0926\u0940 \ud55c\uad6d\uc5b4',
    [29446, 26721, 26090, 19389, 29552, 25751, 15197, 250, 31871, 255, 31625, 368],
  ],
  ['a_b-c...?!', [320, 318, 321, 268, 322, 3002, 2835], [320, 318, 321, 268, 322, 16388, 0]],
  ['\u0000\u001c\u0007x', [188, 216, 451, 343]],
  ['&lt;b&gt;', [261, 3333, 282, 321, 261, 4725, 282]],
]

async function tokenizer(pad: string): Promise<Tokenizer> {
  const contents = new Map<string, Uint8Array | string>([['tokenizer_config.json', JSON.stringify({ pad_token: pad })]])
  for (const name of ['vocab.json', 'merges.txt']) contents.set(name, await readFile(`weights/clip-tokenizer/${name}`))
  return Tokenizer.open(memoryFiles('memory', contents), '')
}

const ofPad = { '<|endoftext|>': await tokenizer('<|endoftext|>'), '!': await tokenizer('!') }

for (const [pad, tokens] of Object.entries(ofPad))
  test(`odd texts, padded with ${pad}`, () => {
    for (const [text, ids, other] of CASES)
      assert.deepEqual(tokens.encode(text), [BOS, ...((pad === '!' && other) || ids), EOS], JSON.stringify(text))
  })

test('texts are cut and padded to 77', () => {
  const long = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 'x' : '2')).join(' ')
  for (const [pad, id] of [['<|endoftext|>', EOS] as const, ['!', 0] as const]) {
    const tokens = ofPad[pad]
    assert.equal(tokens.encode(long).length, 102)
    const cut = tokens.encodePadded(long)
    assert.deepEqual([cut.length, cut[0], cut[1], cut[75], cut[76]], [77, BOS, 343, 343, EOS])
    assert.deepEqual([...tokens.encodePadded('')], [BOS, EOS, ...Array(75).fill(id)])
  }
})
