/**
 * @file Results of volumes opened by what others open them with: nibabel, highdicom, and dciodvfy where it is installed. Writes made volumes into a folder by the
 * built package, and lets `check-volume.py` read them. No part of the product.
 */
import { spawnSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const { dicomSeg, niftiLabels, niftiMask } = await import(join(root, 'dist/src/index.js'))
const { dicomHeaders, madeVolume, niftiSource, seriesAffine } = await import(join(root, 'dist/test/support/volumes.js'))
const python = process.env.ADZUS_PYTHON ?? 'python3'
const folder = join(tmpdir(), `adzus-volumes-${process.pid}`)

/** Made labels: the truth of a made volume, background and all. */
function result(size, place) {
  const { truth } = madeVolume(size)
  const labels = Uint16Array.from(truth, (value) => value + 1)
  const mask = truth.map((value) => (value === 2 ? 255 : 0))
  return { size, labels, mask, segments: [1, 2, 3, 4, 5].map((id) => ({ id, foreground: id === 3 })), ...place }
}

async function write(name, made, files) {
  await mkdir(join(folder, name), { recursive: true })
  const { size, spacing, affine, labels, mask, origin } = made
  const told = { size, spacing, affine, little: true }
  await writeFile(join(folder, name, 'labels.bin'), labels)
  await writeFile(join(folder, name, 'mask.bin'), mask)
  if (origin.format === 'nifti')
    await writeFile(join(folder, name, 'source.nii'), Buffer.concat([origin.header, Buffer.alloc(2 * labels.length * 7)]))
  await writeFile(join(folder, name, 'told.json'), JSON.stringify(told))
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, name, file), await bytes)
}

try {
  for (const little of [true, false]) {
    const size = [30, 22, 9]
    const { header, affine } = niftiSource(size, { little })
    const made = result(size, { spacing: [1.2, 1.25, 3.1], affine, origin: { format: 'nifti', header } })
    await write(`nifti-${little ? 'little' : 'big'}`, made, {
      'labels.nii.gz': niftiLabels(made, '0'),
      'mask.nii.gz': niftiMask(made, '0'),
    })
  }
  const oblique = { spacing: [0.7, 0.9, 2.5], orientation: [0.96, 0.28, 0, 0, 0, -1] }
  for (const [name, size, series] of [
    ['series', [32, 24, 10], {}],
    ['oblique', [31, 23, 7], oblique],
    ['single', [33, 21, 1], {}],
  ]) {
    const spacing = series.spacing ?? [0.8, 0.8, 5]
    const made = result(size, { spacing, affine: seriesAffine(series), origin: { format: 'dicom', headers: dicomHeaders(size, series) } })
    await write(name, made, {
      'seg.dcm': dicomSeg(made, name, '0'),
      'labels.nii.gz': niftiLabels(made, '0'),
      'mask.nii.gz': niftiMask(made, '0'),
    })
  }
  const { status } = spawnSync(python, [join(root, 'scripts/formats/check-volume.py'), folder], { stdio: 'inherit' })
  process.exitCode = status ?? 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
