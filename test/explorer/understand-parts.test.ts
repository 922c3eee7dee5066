/** @file The parts of the panel Understand that need no page: figures, mosaics, sources, names. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { mosaicSize, tileAt } from '../../explorer/panels/understand/mosaic.ts'
import * as numbers from '../../explorer/panels/understand/numbers.ts'
import { addressOf, pageOf, SOURCES } from '../../explorer/panels/understand/sources.ts'
import { STAGE_NAMES, stageNamed } from '../../explorer/stage-names.ts'
import { english } from '../../explorer/text/english.ts'
import { STEPS } from '../../explorer/tour/steps.ts'
import { blockMeans } from '../../explorer/worker/matrix.ts'
import { BUILT } from './build.ts'

test('a look is spread over as many cells as share it evenly', () => {
  assert.equal(numbers.spreadOf([0, 1, 0]), 1)
  assert.ok(Math.abs(numbers.spreadOf([0.25, 0.25, 0.25, 0.25]) - 4) < 1e-12)
  assert.ok(Math.abs(numbers.spreadOf([0.5, 0.25, 0.25]) - 2 ** 1.5) < 1e-12)
})

test('cells, channels, ranges and peaks', () => {
  const picture = { width: 100, height: 60 }
  const grid = { h: 3, w: 5 }
  assert.equal(numbers.cellAt({ x: 0, y: 0 }, picture, grid), 0)
  assert.equal(numbers.cellAt({ x: 99, y: 59 }, picture, grid), 14)
  assert.equal(numbers.cellAt({ x: 20, y: 39 }, picture, grid), 6)
  assert.equal(numbers.cellAt({ x: 1, y: 0 }, { width: 2, height: 1 }, { h: 1, w: 4 }), 3, 'more cells than pixels')
  assert.deepEqual(numbers.rangeOf([3, -2, 5]), [-2, 5])
  const latent = { grid: { h: 1, w: 2 }, channels: 3, values: Float32Array.of(1, 2, 3, 4, 5, 6) }
  assert.deepEqual([...numbers.channelOf(latent, 1)], [2, 5])
  assert.deepEqual(numbers.peakOf([0, 1, 2, 9, 4, 5], { h: 2, w: 3 }), { row: 2, column: 1, value: 9 })
})

test('every anchor goes home to the first group that its proposal is part of', () => {
  const member = (proposal: number) => ({ proposal, divergence: 0 })
  const tree = {
    anchors: [3, 7, 11, 15],
    divergences: new Float32Array(16),
    rounds: [
      { threshold: 1, divergences: new Float32Array(), groups: [[member(0), member(2)], [member(1), member(2)], [member(3)]] },
      { threshold: 1, divergences: new Float32Array(), groups: [[member(0)], [member(1), member(2)]] },
    ],
  }
  assert.deepEqual(numbers.countsOf(tree), [4, 3, 2])
  assert.deepEqual(numbers.homesOf(tree, 0), [0, 1, 2, 3])
  assert.deepEqual(numbers.homesOf(tree, 1), [0, 1, 0, 2])
  assert.deepEqual(numbers.homesOf(tree, 2), [0, 1, 0, 1])
})

test('layers have short names that differ', () => {
  assert.equal(numbers.shortName('down_blocks.0.attentions.1.transformer_blocks.0.attn1'), 'down 0.1')
  assert.equal(numbers.shortName('mid_block.attentions.0.transformer_blocks.0.attn1'), 'mid 0')
  assert.equal(numbers.shortName('up_blocks.3.attentions.2.transformer_blocks.4.attn1'), 'up 3.2.4')
  assert.equal(numbers.shortName('something else'), 'something else')
})

test('a matrix made small keeps the means of its blocks, whether or not they divide it', () => {
  const values = Float32Array.from({ length: 16 }, (_, i) => i)
  assert.deepEqual([...blockMeans(values, 4, 2)], [2.5, 4.5, 10.5, 12.5])
  assert.deepEqual([...blockMeans(values, 4, 4)], [...values])
  const uneven = blockMeans(
    Float32Array.from({ length: 9 }, (_, i) => i),
    3,
    2,
  )
  assert.deepEqual([...uneven], [2, 3.5, 6.5, 8])
})

test('a mosaic has a tile for each map, and finds the one under a pixel', () => {
  for (const count of [1, 2, 3, 10, 256]) {
    const mosaic = mosaicSize({ h: 24, w: 32 }, count)
    const { columns, tile, height, width } = mosaic
    assert.ok(columns * Math.round(height / tile.height) >= count)
    assert.ok(width <= 480 && height <= 1000)
    for (const index of [0, Math.floor(count / 2), count - 1])
      assert.equal(tileAt(mosaic, ((index % columns) + 0.5) * tile.width, (Math.floor(index / columns) + 0.5) * tile.height), index)
  }
})

test('an address names a stage, or the first one', () => {
  assert.equal(stageNamed('merging'), 'merging')
  assert.equal(stageNamed(''), 'picture')
  assert.equal(stageNamed('constructor'), 'picture')
})

test('every stage has its names, and every step of the tour its words', () => {
  const { names, about } = english.understand
  assert.deepEqual([Object.keys(names), Object.keys(about)], [[...STAGE_NAMES], [...STAGE_NAMES]])
  for (const sentences of Object.values(about)) assert.match(sentences, /^[^.]+[.:][^.]+\.$/, 'two sentences')
  assert.equal(STEPS.length, 10)
  assert.equal(english.tour.steps.length, 10)
  for (const { text } of english.tour.steps) assert.ok(text.split(/\. /).length >= 2 && text.split(/\. /).length <= 3, text)
})

test('every link to a source leads to the line that defines its function', async () => {
  for (const source of Object.values(SOURCES).flat()) {
    const { file, name } = source
    const own = (await readFile(file, 'utf8')).trimEnd().split('\n')
    const path = join(BUILT, pageOf(file))
    assert.ok(existsSync(path), path)
    const page = await readFile(path, 'utf8')
    const lines = [...page.matchAll(/<span class="l"(?: id="(\w+)")?>(.*?)<\/span>/gs)]
    assert.equal(lines.length, own.length, `${file}: every line is there`)
    const marked = lines.filter(([, id]) => id === name)
    assert.equal(marked.length, 1, `${file} has one mark for ${name}`)
    const line = own[lines.indexOf(marked[0])]
    assert.match(line, new RegExp(`\\b${name}(<.*>)?\\(`))
    assert.doesNotMatch(line, /^\s*(return|await|const|if)\b|[;)]$/, 'a definition, not a call')
    assert.equal(addressOf(source), `./${pageOf(file)}#${name}`)
  }
})
