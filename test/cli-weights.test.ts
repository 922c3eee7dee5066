/** @file `adzus segment --weights`: what is recorded, and that the result is the library's. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { Adzus, decodeImage } from '../src/index.ts'
import { adzus, temporaryFolder } from './support/cli.ts'
import { FAST, picture, save } from './support/cli-segment.ts'
import { faultsOf } from './support/schema.ts'

test('segment --weights', async (t) => {
  const folder = await temporaryFolder(t)
  const png = picture(60, 40, 'rgb')
  await save(folder, { 'a.png': png })
  const output = join(folder, 'out')
  const call = ['segment', join(folder, 'a.png'), '-o', output, '--save', 'labels,json', '--foreground', 'all', ...FAST]
  const chosen = [...call, '--weights', '8=2,up_blocks.3=0.5,head1=0']
  assert.equal((await adzus(chosen)).code, 0)
  const record = JSON.parse(await readFile(join(output, 'a.json'), 'utf8'))
  const weights = { resolutions: { 8: 2 }, layers: { 'up_blocks.3': 0.5 }, heads: { 1: 0 } }
  assert.deepEqual(record.parameters.weights, weights)
  assert.deepEqual(faultsOf(record, JSON.parse(await readFile('schema/result.schema.json', 'utf8'))), [])

  const model = await Adzus.load(undefined, { backend: 'cpu' })
  t.onTestFinished(() => model.dispose())
  const options = { size: 64, thresholds: [0.2, 0.2, 0.2], foreground: 'all' } as const
  const { labels } = await model.segment(png, { ...options, weights })
  const written = await decodeImage(await readFile(join(output, 'a.labels.png')))
  const plain = await model.segment(png, options)
  assert.notDeepEqual(labels, plain.labels, 'weights make a difference')
  const ids = (rgb: ArrayLike<number>) =>
    Array.from({ length: 60 * 40 }, (_, i) => 65536 * rgb[3 * i] + 256 * rgb[3 * i + 1] + rgb[3 * i + 2])
  assert.deepEqual(regionsOf(ids(written.data)), regionsOf(labels))

  // Results of other weights are made anew, those of the same ones are not.
  const states = async (args: string[]) => JSON.parse((await adzus([...args, '--resume', '--json'])).stdout).status
  assert.equal(await states(chosen), 'skipped')
  assert.equal(await states(call), 'done')
})

/** Numbers in the order in which they are met, so that colours and ids compare. */
function regionsOf(ids: ArrayLike<number>): number[] {
  const seen = new Map<number, number>()
  return Array.from(ids, (id) => {
    if (!seen.has(id)) seen.set(id, seen.size)
    return seen.get(id)!
  })
}
