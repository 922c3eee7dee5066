/** @file `adzus segment --attention`: where a pixel looks, painted over its picture. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { Adzus, decodeImage, heatMap } from '../src/index.ts'
import { adzus, filesBelow, temporaryFolder } from './support/cli.ts'
import { disc, writePng } from './support/pictures.ts'

const [WIDTH, HEIGHT] = [60, 40]
const picture = () => writePng({ width: WIDTH, height: HEIGHT, colour: 'rgb', depth: 8, samples: Array.from(disc(WIDTH, HEIGHT)) })
const FAST = ['--size', '64', '--backend', 'cpu']

test('a heat map of the picture’s size, and the values as a line', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'a.png'), picture())
  const args = ['segment', 'a.png', '--attention', '30,20', '-o', 'heat/a.png', '--layers', 'up_blocks.3', ...FAST]
  const { code, stdout, stderr } = await adzus([...args, '--json'], { cwd: folder })
  assert.equal(code, 0, stderr)
  const { status, files, grid, values } = JSON.parse(stdout)
  assert.deepEqual([status, files, grid], ['done', { attention: 'heat/a.png' }, { h: 8, w: 8 }])
  const model = await Adzus.load(undefined, { backend: 'cpu' })
  const view = await model.look(picture(), { size: 64, layers: ['up_blocks.3'] })
  const expected = await view.attention({ x: 30, y: 20 })
  const painted = heatMap(view.image, expected.values, expected.grid!, [30, 20])
  await model.dispose()
  assert.deepEqual(Float32Array.from(values), expected.values)
  const { width, height, data } = await decodeImage(await readFile(join(folder, 'heat', 'a.png')))
  assert.deepEqual([width, height], [WIDTH, HEIGHT])
  assert.deepEqual(data, painted)
  assert.equal((await adzus(args, { cwd: folder })).code, 0, 'a heat map takes the place of an earlier one')
})

test('wrong calls are said, and nothing is replaced or made', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'a.png'), picture())
  await writeFile(join(folder, 'b.png'), picture())
  const cases: [string[], number, RegExp][] = [
    [['a.png', '--attention', '3'], 2, /--attention\): expected X,Y in pixels, got 3/],
    [['a.png', '--attention', '3,4'], 2, /--output\): expected a PNG file for the heat map/],
    [['a.png', '--attention', '3,4', '-o', 'out'], 2, /--output\): expected a PNG file/],
    [['a.png', 'b.png', '--attention', '3,4', '-o', 'h.png'], 2, /--attention\): expected one image.*got 2 inputs/],
    [['.', '--attention', '3,4', '-o', 'h.png'], 2, /--attention\): expected one image, got 2/],
    [['a.png', '--attention', '60,4', '-o', 'h.png'], 2, /options \(x\): expected pixels from 0 to 59, got 60/],
    [['a.png', '--attention', '3,4', '-o', 'a.png'], 1, /expected a name that no input has/],
    [['a.png', '--attention', '3,4', '-o', 'b.png'], 1, /got a file of another origin/],
  ]
  for (const [args, wanted, message] of cases) {
    const { code, stderr } = await adzus(['segment', ...args, ...FAST], { cwd: folder })
    assert.equal(code, wanted, stderr)
    assert.match(stderr, message)
  }
  assert.deepEqual(await filesBelow(folder), ['a.png', 'b.png'])
  assert.deepEqual(new Uint8Array(await readFile(join(folder, 'b.png'))), picture())
})

test('heat is most where values are, lies between the cells’ centres, and gets a cross', () => {
  const [width, height] = [40, 20]
  const grey = { width, height, data: new Uint8Array(3 * width * height).fill(128) }
  // Two cells: nothing on the left, everything on the right.
  const painted = heatMap(grey, [0, 1], { h: 1, w: 2 })
  const red = (x: number, y: number) => painted[3 * (y * width + x)]
  for (const x of [0, 5, 9]) assert.equal(red(x, 3), red(0, 0), 'flat up to the first centre')
  for (const x of [30, 35, 39]) assert.equal(red(x, 3), red(39, 0), 'flat from the last centre on')
  for (let x = 11; x < 30; x++) assert.ok(red(x, 0) >= red(x - 1, 0), 'rising in between')
  assert.ok(red(39, 0) > red(0, 0) + 100)
  const crossed = heatMap(grey, [0, 1], { h: 1, w: 2 }, [39, 0])
  assert.deepEqual([...crossed.subarray(3 * 39, 3 * 40)], [0, 255, 255])
  assert.deepEqual(
    [...heatMap(grey, [0, 0], { h: 1, w: 2 }).subarray(0, 3)],
    [...painted.subarray(0, 3)],
    'nothing anywhere is no division by it',
  )
})
