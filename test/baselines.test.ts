/** @file Baselines on made pictures and on bundled ones with masks. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'vitest'
import { overlap } from '../src/adzus/metrics.ts'
import { BASELINES } from '../src/evaluation/baselines/index.ts'
import { decodeImage } from '../src/image/decode.ts'

const named = (name: string) => BASELINES.find((baseline) => baseline.name === name)!

/** A bright ellipse on a dark ground, or the other way round. */
function picture(width: number, height: number, inside: number, outside: number) {
  const truth = Uint8Array.from({ length: width * height }, (_, i) =>
    Math.hypot(((i % width) - width / 2) / width, (Math.floor(i / width) - height / 2) / height) < 0.28 ? 255 : 0,
  )
  const data = Uint8Array.from({ length: 3 * truth.length }, (_, i) => (truth[Math.floor(i / 3)] ? inside : outside) + ((i * 7) % 13))
  return { image: { width, height, data }, truth }
}

test('the disc is 45 % of any picture, in its middle', () => {
  for (const [width, height] of [
    [100, 100],
    [600, 450],
    [64, 200],
  ]) {
    const mask = named('disc').mask({ width, height, data: new Uint8Array(3 * width * height) })
    const share = mask.filter((v) => v === 255).length / mask.length
    assert.ok(Math.abs(share - 0.45) < 0.01, `${width} × ${height}: ${share}`)
    assert.equal(mask[Math.floor(height / 2) * width + Math.floor(width / 2)], 255)
    assert.equal(mask[0], 0)
  }
})

for (const name of ['otsu', 'k-means', 'slic', 'grabcut'])
  test(`${name} finds what differs from the border, bright or dark, at any size`, () => {
    for (const [inside, outside] of [
      [190, 60],
      [60, 190],
    ])
      for (const [width, height] of [
        [120, 90],
        [700, 500],
      ]) {
        const { image, truth } = picture(width, height, inside, outside)
        const mask = named(name).mask(image)
        assert.ok(mask.every((v) => v === 0 || v === 255))
        const { dice } = overlap(mask, truth)
        assert.ok(dice > 0.98, `${width} × ${height}, ${inside} on ${outside}: Dice ${dice}`)
      }
  })

test('a picture of one colour is no failure', () => {
  const image = { width: 40, height: 30, data: new Uint8Array(3600).fill(77) }
  for (const { name, mask } of BASELINES) assert.equal(mask(image).length, 1200, name)
  assert.ok(
    named('otsu')
      .mask(image)
      .every((v) => v === 0),
  )
})

test('Otsu on grey finds nuclei', async () => {
  const dices: number[] = []
  for (const file of await readdir('data/nuclei/images')) {
    const image = await decodeImage(new Uint8Array(await readFile(`data/nuclei/images/${file}`)))
    const truth = await decodeImage(new Uint8Array(await readFile(`data/nuclei/masks/${file}`)))
    const inside = Uint8Array.from({ length: truth.width * truth.height }, (_, i) => truth.data[i * 3])
    dices.push(overlap(named('otsu').mask(image), inside).dice)
  }
  assert.ok(dices.length > 0)
  const mean = dices.reduce((a, b) => a + b) / dices.length
  assert.ok(mean > 0.8, `${mean}`)
})
