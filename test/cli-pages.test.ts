/** @file `adzus segment`: folders that are one picture, `--channel` and `--page`. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'vitest'
import { preparePicture } from '../src/adzus/picture.ts'
import { findInputs } from '../src/cli/inputs.ts'
import { pagesOf, readInput } from '../src/cli/segment/pages.ts'
import { Adzus } from '../src/index.ts'
import { adzus, filesBelow, temporaryFolder } from './support/cli.ts'
import { writeNifti } from './support/nifti.ts'
import { writeFolder, zarrFolders } from './support/zarr.ts'

const FAST = ['--backend', 'cpu', '--size', '64', '--threshold', '0.2', '--foreground', 'all', '--save', 'labels,json']
const stack = (await zarrFolders())['v3-zstd']

/** A folder with a hierarchy of three planes, and a volume of eight slices. */
async function place(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t)
  await writeFolder(join(folder, 'in', 'a.zarr'), stack)
  await writeFile(join(folder, 'in', 'b.nii'), writeNifti())
  return folder
}

test('a folder that is one picture is one input, wherever it is found', async (t) => {
  const folder = await place(t)
  const found = async (...patterns: string[]) =>
    (await findInputs(patterns.map((pattern) => join(folder, pattern)))).inputs.map(({ name }) => name)
  assert.deepEqual(await found('in'), ['a', 'b'])
  assert.deepEqual(await found('in/a.zarr', 'in/a.zarr/'), ['a'])
  assert.deepEqual(await found('in/*.zarr'), ['a'])
})

test('the command line: channels are chosen and recorded, pages have results of their own', async (t) => {
  const folder = await place(t)
  const first = await adzus(['segment', 'in/a.zarr', '-o', 'first', ...FAST], { cwd: folder })
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stderr, /it has 2 channels \(DAPI, GFP\): the first is taken.*\n.*it has 3 images: the first is taken\n/)
  const pages = await adzus(['segment', 'in/a.zarr', '-o', 'pages', '--page', 'all', '--channel', 'gfp', '--resume', ...FAST], {
    cwd: folder,
  })
  assert.deepEqual([pages.code, pages.stderr], [0, ''])
  const names = ['a.p1', 'a.p2', 'a.p3']
  assert.deepEqual(
    await filesBelow(join(folder, 'pages')),
    names.flatMap((name) => [`${name}.json`, `${name}.labels.png`]),
  )
  const records = await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, 'pages', `${name}.json`), 'utf8'))))
  assert.deepEqual(
    records.map(({ parameters, input }) => [parameters.channel, input]),
    names.map(() => [['gfp'], join('..', 'in', 'a.zarr')]),
  )
  assert.equal(new Set(records.map(({ inputFile }) => inputFile.sha256)).size, 3)
  const again = await adzus(['segment', 'in/a.zarr', '-o', 'pages', '--page', '2', '--channel', 'gfp', '--resume', ...FAST], {
    cwd: folder,
  })
  assert.deepEqual([again.code, again.stdout], [0, `${join('in', 'a.zarr')}: done before\n`])
})

test('pages of volumes are their slices as pictures; a page that is not there is an error', async (t) => {
  const folder = await place(t)
  const { inputs } = await findInputs([join(folder, 'in/b.nii')])
  const pages = await pagesOf(inputs, 'all')
  assert.deepEqual(
    pages.map(({ name, page }) => [name, page]),
    Array.from({ length: 8 }, (_, i) => [`b.p${i + 1}`, i + 1]),
  )
  const { image, contents } = await readInput(pages[3])
  assert.equal(contents.length, 352 + 2 * 720)
  const parameters = { size: [16, 16] as [number, number], window: 'full' as const, channel: null, orient: false }
  const { raster } = await preparePicture(image, { ...parameters, window: [-100, 620] })
  // Voxel (0, 0, 3) is 90 · 3 − 100.
  assert.equal(raster.data[0], Math.round((270 / 720) * 255))
  await assert.rejects(
    readInput((await pagesOf(inputs, 9))[0]),
    /image: page \(.*b\.nii\): expected a number from 1 to 8 \(--page\), got 9/,
  )
})

test('--page contradicts what is of volumes', async () => {
  const { code, stderr } = await adzus(['segment', 'a.nii', '--page', 'all', '--slices', 'axial'])
  assert.equal(code, 2)
  assert.match(stderr, /--page.*expected it, or --slices and --every for volumes, got both/)
})

test('the library segments what a URL that ends with .zarr leads to', async () => {
  const server = createServer((request, response) => {
    const file = stack[request.url!.slice('/a.zarr/'.length)]
    if (file) response.end(file)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const model = await Adzus.load(undefined, { backend: 'cpu' })
  try {
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.zarr`
    const { width, height, notes } = await model.segment(address, { size: 64, channel: 'GFP', foreground: 'all' })
    assert.deepEqual([width, height, notes], [26, 19, ['it has 3 images: the first is taken']])
  } finally {
    server.close()
    await model.dispose()
  }
})
