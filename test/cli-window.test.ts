/** @file `adzus segment --window` and `--orient`: what they do, and what they leave beside the mask. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { adzus, temporaryFolder } from './support/cli.ts'
import { exifJpeg, orientation, writeExif } from './support/exif.ts'
import { disc, writeJpeg, writePng } from './support/pictures.ts'

test('the command line: --window and --orient are done and written down', async (t) => {
  const folder = await temporaryFolder(t)
  const [width, height] = [48, 32]
  await writeFile(join(folder, 'turned.jpg'), exifJpeg(await writeJpeg(width, height, disc(width, height)), writeExif([orientation(6)])))
  const samples = Array.from({ length: width * height }, (_, i) => 300 + disc(width, height)[3 * i])
  await writeFile(join(folder, 'deep.png'), writePng({ width, height, colour: 'grey', depth: 16, samples }))
  const segment = (...more: string[]) =>
    adzus(['segment', folder, '--backend', 'cpu', '--size', '64', '--no-cache', '-o', join(folder, 'out'), ...more])
  const json = async (name: string) => JSON.parse(await readFile(join(folder, 'out', `${name}.json`), 'utf8'))
  const plain = await segment('--window', '-100,600')
  assert.equal(plain.code, 0, plain.stderr)
  assert.match(plain.stderr, /turned\.jpg: viewers show it turned by 90° to the right \(EXIF orientation 6\)/)
  let { parameters, ...turned } = await json('turned')
  assert.deepEqual([turned.width, turned.height, parameters.window, parameters.orient], [width, height, [-100, 600], false])
  const oriented = await segment('--window', 'p1,p99', '--orient')
  assert.equal(oriented.code, 0, oriented.stderr)
  assert.doesNotMatch(oriented.stderr, /EXIF/)
  ;({ parameters, ...turned } = await json('turned'))
  assert.deepEqual([turned.width, turned.height, parameters.orient], [height, width, true])
  assert.deepEqual((await json('deep')).parameters.window, { percentiles: [1, 99] })
  const wrong = await segment('--window', '600')
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /options \(window\): expected auto, full, BLACK,WHITE .*, got "600"/)
})
