/** @file Presets: what they stand for, that given options win, and the command line's list. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, test } from 'vitest'
import { tidied } from '../src/foreground/settled.ts'
import { Adzus, presetNamed, presets } from '../src/index.ts'
import { components } from '../src/pixels/components.ts'
import { adzus as cli, temporaryFolder } from './support/cli.ts'
import { disc, writePng } from './support/pictures.ts'

const NAMES = ['skin', 'cxr-lungs', 'cxr-infection', 'cells', 'nuclei']
const PNG = writePng({ width: 48, height: 40, colour: 'rgb', depth: 8, samples: disc(48, 40) })

const adzus = await Adzus.load(undefined, { backend: 'cpu' })
afterAll(() => adzus.dispose())

test('presets have their names, and a mistyped one gets a suggestion', () => {
  assert.deepEqual(
    presets.map(({ name }) => name),
    NAMES,
  )
  assert.equal(presetNamed('nuclei').options.objects, 'many')
  assert.throws(() => presetNamed('nuclie'), /preset.*expected skin, cxr-lungs.*Did you mean nuclei\?/)
})

test('a preset sets options, and those that are given win', () => {
  assert.equal(adzus.parameters({}).preset, null)
  const { preset, objects, minSize } = adzus.parameters({ preset: 'nuclei', minSize: 7 })
  assert.deepEqual([preset, objects, minSize], ['nuclei', 'many', 7])
  assert.equal(adzus.parameters({ preset: 'nuclei', objects: 'none' }).objects, 'none')
  // Something in particular is asked for: then it is not many.
  assert.equal(adzus.parameters({ preset: 'nuclei', foreground: 'center' }).objects, 'auto')
  // Parameters are options, too.
  const all = adzus.parameters({ preset: 'cells' })
  assert.deepEqual(adzus.parameters(all), all)
})

test('a settled way takes the place of the choice, with its record', async () => {
  const found = await adzus.segment(PNG, { size: 64, preset: 'cells' })
  assert.equal(found.scores, undefined)
  assert.equal(found.mask[20 * 48 + 24], 255)
  assert.equal(found.mask[0], 0)
  assert.equal(found.parameters.preset, 'cells')
  assert.ok((await adzus.segment(PNG, { size: 64, preset: 'skin' })).scores)
})

test('the largest parts stay, and holes are filled', () => {
  const mask = new Uint8Array(128 * 128)
  const box = (x: number, y: number, side: number, value: number) => {
    for (let v = y; v < y + side; v++) mask.fill(value, v * 128 + x, v * 128 + x + side)
  }
  box(5, 5, 20, 1)
  box(10, 10, 5, 0)
  box(60, 60, 15, 1)
  box(100, 100, 9, 1)
  const two = tidied(mask, { parts: 2 })
  assert.deepEqual([...components({ width: 128, height: 128, data: two }, 4).areas.subarray(1)], [375, 225])
  assert.deepEqual(
    [...components({ width: 128, height: 128, data: tidied(mask, { parts: 1, fillHoles: true }) }, 4).areas.subarray(1)],
    [400],
  )
  assert.deepEqual(tidied(mask, {}), mask)
})

test('adzus presets lists them, and segment refuses others', async (t) => {
  const listed = await cli(['presets', '--json'])
  assert.deepEqual(
    JSON.parse(listed.stdout).map(({ name }: { name: string }) => name),
    NAMES,
  )
  const table = (await cli(['presets'])).stdout
  for (const { name, about } of presets) assert.ok(table.includes(name) && table.includes(about))
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'a.png'), PNG)
  const { code, stderr } = await cli(['segment', 'a.png', '--preset', 'skim'], { cwd: folder })
  assert.equal(code, 2)
  assert.match(stderr, /Did you mean skin\?/)
})
