/** @file `adzus info`: what is in files, as text and as JSON; bad files do not stop the others. */
import assert from 'node:assert/strict'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { fileInfo } from '../src/index.ts'
import { adzus, temporaryFolder } from './support/cli.ts'
import { disc, writeJpeg, writePng } from './support/pictures.ts'
import { withJson, writeFolder, zarrFolders } from './support/zarr.ts'

const DATA = 'test/data/formats'

test('the command line: images alike together, volumes, levels, folders that are one picture', async (t) => {
  const folder = await temporaryFolder(t)
  const stack = (await zarrFolders())['v3-zstd']
  await copyFile(`${DATA}/nifti/window.nii.gz`, join(folder, 'a.nii.gz'))
  await copyFile(`${DATA}/webp/lossy-alpha.webp`, join(folder, 'b.webp'))
  await writeFolder(join(folder, 'c.zarr'), stack)
  await writeFile(join(folder, 'd.png'), writePng({ width: 9, height: 8, colour: 'grey', depth: 16, samples: Array(72).fill(7) }))
  await writeFile(join(folder, 'e.jpg'), new Uint8Array(9).fill(1))
  await mkdir(join(folder, 'f'))
  await writeFolder(join(folder, 'f', 'well'), withJson(stack, 'zarr.json', 'attributes.ome.omero', {}))
  const text = await adzus(['info', '.', join('f', 'well')], { cwd: folder })
  assert.equal(text.code, 1)
  assert.equal(text.stderr.match(/^adzus: image \(e\.jpg\): expected a PNG.*$/gm)?.length, 1)
  assert.equal(
    text.stdout,
    `a.nii.gz: NIfTI
  9 images (axial slice 1 … axial slice 9) of 11 × 10 pixels, int16, 1 channel, 2 × 2.5 mm a pixel, window -160 … 240, compression gzip, axes LAS
  volume of 11 × 10 × 9 voxels, 2 × 2.5 × 3 mm, axes LAS
  affine -2 0 0 0 | 0 2.5 0 0 | 0 0 3 0
b.webp: WebP
  1 image of 37 × 26 pixels, uint8, 4 channels, compression WebP, lossy
c.zarr: OME-Zarr
  3 images (z 1 … z 3) of 26 × 19 pixels, uint16, 2 channels (1 DAPI, 2 GFP), 0.0005 × 0.00025 mm a pixel, compression zstd, levels 13 × 10, axes czyx
  volume of 26 × 19 × 3 voxels, 0.0005 × 0.00025 × 0.002 mm
d.png: PNG
  1 image of 9 × 8 pixels, uint16, 1 channel, compression deflate
${join('f', 'well')}: OME-Zarr
  3 images (z 1 … z 3) of 26 × 19 pixels, uint16, 2 channels (1 channel 1, 2 channel 2), 0.0005 × 0.00025 mm a pixel, compression zstd, levels 13 × 10, axes czyx
  volume of 26 × 19 × 3 voxels, 0.0005 × 0.00025 × 0.002 mm
`,
  )
  const json = await adzus(['info', 'a.nii.gz', 'e.jpg', 'c.zarr', '--json'], { cwd: folder })
  const [first, failed, last] = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    [json.code, json.stderr, first.status, failed.status, last.images[0].channelNames],
    [1, '', 'read', 'failed', ['DAPI', 'GFP']],
  )
  assert.deepEqual(first.volume, {
    size: [11, 10, 9],
    spacing: [2, 2.5, 3],
    type: 'int16',
    axes: 'LAS',
    affine: [-2, 0, 0, 0, 0, 2.5, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1],
  })
  assert.match(failed.error, /e\.jpg/)
})

test('no input is a wrong call', async () => {
  const { code, stderr } = await adzus(['info'])
  assert.equal(code, 2)
  assert.match(stderr, /expected files, folders or globs, got no input/)
})

test('in the library, of bytes', async () => {
  const { format, images } = await fileInfo(await writeJpeg(20, 16, disc(20, 16)))
  assert.deepEqual(
    [format, images],
    ['JPEG', [{ count: 1, width: 20, height: 16, type: 'uint8', channels: 3, spacing: undefined, compression: 'JPEG' }]],
  )
  await assert.rejects(fileInfo(Uint8Array.of(1, 2), 'x'), /image \(x\)/)
})
