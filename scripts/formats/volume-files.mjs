/**
 * @file Label volumes as the built package writes them, with what they were written from, in a folder that `check-volume.py` reads:
 * `node volume-files.mjs FOLDER`. It is no part of the product.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'

const dist = new URL('../../dist/', import.meta.url)
const { dicomSeg, niftiLabels, niftiMask } = await import(new URL('src/index.js', dist))
const { dicomHeaders, madeVolume, niftiSource, seriesAffine } = await import(new URL('test/support/volumes.js', dist))
const folder = process.argv[2]

/** The truth of a made volume as its result. */
function result(size, place) {
  const { truth } = madeVolume(size)
  const labels = Uint16Array.from(truth, (value) => value + 1)
  const mask = truth.map((value) => (value === 2 ? 255 : 0))
  return { size, labels, mask, segments: [1, 2, 3, 4, 5].map((id) => ({ id, foreground: id === 3 })), ...place }
}

async function write(name, { size, spacing, affine, labels, mask, origin }, files) {
  const place = (file) => join(folder, name, file)
  await mkdir(join(folder, name), { recursive: true })
  await writeFile(place('labels.bin'), labels)
  await writeFile(place('mask.bin'), mask)
  await writeFile(place('told.json'), JSON.stringify({ size, spacing, affine }))
  if (origin.format === 'nifti') await writeFile(place('source.nii'), Buffer.concat([origin.header, Buffer.alloc(2 * 7 * labels.length)]))
  for (const [file, bytes] of Object.entries(files)) await writeFile(place(file), await bytes)
}

const niftis = (made) => ({ 'labels.nii.gz': niftiLabels(made, '0'), 'mask.nii.gz': niftiMask(made, '0') })

for (const little of [true, false]) {
  const size = [30, 22, 9]
  const { header, affine } = niftiSource(size, { little })
  const made = result(size, { spacing: [1.2, 1.25, 3.1], affine, origin: { format: 'nifti', header } })
  await write(`nifti-${little ? 'little' : 'big'}`, made, niftis(made))
}
for (const [name, size, series] of [
  ['series', [32, 24, 10], {}],
  ['oblique', [31, 23, 7], { spacing: [0.7, 0.9, 2.5], orientation: [0.96, 0.28, 0, 0, 0, -1] }],
  ['single', [33, 21, 1], {}],
]) {
  const { spacing = [0.8, 0.8, 5] } = series
  const made = result(size, { spacing, affine: seriesAffine(series), origin: { format: 'dicom', headers: dicomHeaders(size, series) } })
  await write(name, made, { 'seg.dcm': dicomSeg(made, name, '0'), ...niftis(made) })
}
