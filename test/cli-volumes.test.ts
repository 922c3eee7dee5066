/** @file `adzus segment` with volumes: folders of slices and files, resume, bad ones among them, and that nothing of a patient gets out. */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { openVolumes } from '../src/index.ts'
import { bytesHeader, concatenated } from '../src/output/volume/dicom-writer.ts'
import { adzus, temporaryFolder } from './support/cli.ts'
import { lines } from './support/cli-segment.ts'
import { disc, writePng } from './support/pictures.ts'
import { faultsOf } from './support/schema.ts'
import { dicomHeaders, imagePixels, madeVolume, niftiSource } from './support/volumes.ts'

const SIZE = [24, 20, 3] as const
const FAST = ['--backend', 'cpu', '--size', '64', '--no-cache']

/** The files of a series, as scanners name them: against the order of the slices. */
async function saveSeries(folder: string, count: number = SIZE[2]): Promise<void> {
  const size = [SIZE[0], SIZE[1], count] as const
  const { volume } = madeVolume(size)
  await mkdir(folder, { recursive: true })
  for (const [k, header] of dicomHeaders(size, { change: imagePixels }).entries()) {
    const { data } = await volume.slice(2, k)
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    await writeFile(join(folder, `IM${count - k}.dcm`), concatenated([header, bytesHeader('(7FE0,0010)', bytes.length), bytes]))
  }
}

async function niftiFile(): Promise<Uint8Array> {
  const { header } = niftiSource(SIZE)
  new DataView(header.buffer).setInt16(40, 3, true)
  const voxels = Int16Array.from({ length: SIZE[0] * SIZE[1] * SIZE[2] }, (_, v) => (v * 37) % 400)
  return concatenated([header, new Uint8Array(voxels.buffer)])
}

test('a folder of slices is a volume, files with volumes are, and others are pictures as ever', async (t) => {
  const folder = await temporaryFolder(t)
  await saveSeries(join(folder, 'in', 'study', 'ct'))
  await writeFile(join(folder, 'in', 'brain.nii'), await niftiFile())
  await writeFile(join(folder, 'in', 'photo.png'), writePng({ width: 24, height: 20, colour: 'rgb', depth: 8, samples: disc(24, 20) }))
  const out = join(folder, 'out')
  const run = await adzus(['segment', join(folder, 'in'), '-o', out, ...FAST, '--json'])
  assert.equal(run.code, 0, run.stderr)
  assert.deepEqual((await readdir(out, { recursive: true })).sort(), [
    'brain.json',
    'brain.labels.nii.gz',
    'brain.mask.nii.gz',
    'brain.overlay.png',
    'photo.json',
    'photo.labels.png',
    'photo.mask.png',
    'photo.overlay.png',
    'study',
    'study/ct.json',
    'study/ct.labels.nii.gz',
    'study/ct.mask.nii.gz',
    'study/ct.overlay.png',
  ])
  const lineSchema = JSON.parse(await readFile('schema/line.schema.json', 'utf8'))
  for (const line of lines(run)) assert.deepEqual(faultsOf(line, lineSchema), [])
  const text = await readFile(join(out, 'study', 'ct.json'), 'utf8')
  const record = JSON.parse(text)
  assert.deepEqual(faultsOf(record, JSON.parse(await readFile('schema/volume.schema.json', 'utf8'))), [])
  assert.deepEqual(
    [record.kind, record.size, record.spacing, record.slices],
    ['volume', [...SIZE], [0.8, 0.8, 5], { count: 3, segmented: 3 }],
  )
  assert.equal(
    record.segments.reduce((sum: number, { voxels }: { voxels: number }) => sum + voxels, 0),
    24 * 20 * 3,
  )
  assert.equal(record.inputFiles.count, 3)
  // Of a person nothing is in what we write for people, nor in NIfTI.
  for (const said of [text, run.stdout, run.stderr]) assert.doesNotMatch(said, /M.ster|P-42|Hospital|19500607/)
  const [labels] = await openVolumes([await readFile(join(out, 'study', 'ct.labels.nii.gz'))])
  assert.deepEqual(labels.size, SIZE)
  const [source] = await openVolumes(await Promise.all([3, 2, 1].map((n) => readFile(join(folder, 'in', 'study', 'ct', `IM${n}.dcm`)))))
  for (const [n, value] of source.affine!.entries()) assert.ok(Math.abs(labels.affine![n] - value) < 1e-4)
})

test('slices whose names have no extension, or one of digits, are found; a directory of them is not', async (t) => {
  const folder = await temporaryFolder(t)
  await saveSeries(join(folder, 'in'))
  for (const [i, name] of (await readdir(join(folder, 'in'))).entries())
    await rename(join(folder, 'in', name), join(folder, 'in', i === 0 ? 'IM0001' : `1.2.840.${i}`))
  const header = new Uint8Array(300)
  header.set(new TextEncoder().encode('DICM'), 128)
  header.set(new TextEncoder().encode('1.2.840.10008.1.3.10'), 200)
  await writeFile(join(folder, 'in', 'DICOMDIR'), header)
  await writeFile(join(folder, 'in', 'LICENSE'), 'free')
  const run = await adzus(['segment', join(folder, 'in'), '-o', join(folder, 'out'), ...FAST, '--save', 'json', '--json'])
  assert.equal(run.code, 0, run.stderr)
  assert.deepEqual(
    lines(run).map(({ status }) => status),
    ['done'],
  )
  assert.deepEqual(JSON.parse(await readFile(join(folder, 'out', 'in.json'), 'utf8')).size, [...SIZE])
  const directory = await adzus(['segment', join(folder, 'in', 'DICOMDIR'), '-o', join(folder, 'out'), ...FAST])
  assert.match(directory.stderr, /got a directory of DICOM files \(DICOMDIR\)\. Give it the files themselves\./)
})

test('--resume, --every, --slices, and results for other files', async (t) => {
  const folder = await temporaryFolder(t)
  const [series, out] = [join(folder, 'ct'), join(folder, 'out')]
  await saveSeries(series, 5)
  const segment = (...more: string[]) => adzus(['segment', series, '-o', out, ...FAST, '--save', 'nifti,dicom-seg,json', '--json', ...more])
  const status = async (...more: string[]) => {
    const run = await segment(...more)
    assert.equal(run.code, 0, run.stderr)
    return lines(run).map((line) => line.status)
  }
  assert.deepEqual(await status('--every', '2'), ['done'])
  const record = async () => JSON.parse(await readFile(join(out, 'ct.json'), 'utf8'))
  const first = await record()
  assert.deepEqual([first.slices, first.parameters.every, first.parameters.slices], [{ count: 5, segmented: 3 }, 2, 'k'])
  assert.deepEqual(Object.keys(first.files), ['nifti', 'dicom-seg'])
  assert.deepEqual(await status('--every', '2', '--resume'), ['skipped'])
  // Another slice's contents are another volume.
  const [name] = await readdir(series)
  const bytes = await readFile(join(series, name))
  bytes[bytes.length - 1] ^= 1
  await writeFile(join(series, name), bytes)
  assert.deepEqual(await status('--every', '2', '--resume'), ['done'])
  // As pictures, each slice by itself.
  const pictures = await adzus([
    'segment',
    series,
    '-o',
    join(folder, 'pictures'),
    ...FAST,
    '--slices',
    'none',
    '--save',
    'nifti,dicom-seg',
  ])
  assert.equal(pictures.code, 0, pictures.stderr)
  assert.equal((await readdir(join(folder, 'pictures'))).length, 10)
  const wrong = await segment('--slices', 'frontal')
  assert.deepEqual([wrong.code, /--slices.*expected axial, coronal.*got frontal/.test(wrong.stderr)], [2, true], wrong.stderr)
  const nothing = await adzus(['segment', series, '-o', out, ...FAST, '--save', 'labels'])
  assert.deepEqual([nothing.code, /expected some of nifti.* for volumes, got labels/.test(nothing.stderr)], [2, true], nothing.stderr)
})

test('a damaged slice, a damaged volume and a refused output stop nothing else', async (t) => {
  const folder = await temporaryFolder(t)
  await saveSeries(join(folder, 'in', 'ct'), 4)
  const [name] = (await readdir(join(folder, 'in', 'ct'))).sort()
  const whole = await readFile(join(folder, 'in', 'ct', name))
  await writeFile(join(folder, 'in', 'ct', name), whole.subarray(0, whole.length - 500))
  await writeFile(join(folder, 'in', 'cut.nii'), (await niftiFile()).subarray(0, 1000))
  await writeFile(join(folder, 'in', 'whole.nii'), await niftiFile())
  const run = await adzus(['segment', join(folder, 'in'), '-o', join(folder, 'out'), ...FAST, '--save', 'nifti,dicom-seg,json', '--json'])
  assert.equal(run.code, 1)
  const found = Object.fromEntries(lines(run).map(({ input, status }) => [input.split(/[\\/]/).at(-1), status]))
  assert.deepEqual(found, { 'cut.nii': 'failed', 'whole.nii': 'failed', ct: 'done' })
  assert.match(run.stderr, /whole\.nii: dicom-seg .*expected slices of a DICOM series, got .*Save nifti instead/)
  assert.match(run.stderr, /cut\.nii\): expected a NIfTI file that can be read/)
})

test('a picture of a DICOM file as NIfTI and DICOM-SEG; a PNG as NIfTI alone', async (t) => {
  const folder = await temporaryFolder(t)
  await saveSeries(join(folder, 'in'), 1)
  await writeFile(join(folder, 'photo.png'), writePng({ width: 24, height: 20, colour: 'rgb', depth: 8, samples: disc(24, 20) }))
  const out = join(folder, 'out')
  const save = (kinds: string, ...files: string[]) => adzus(['segment', ...files, '-o', out, ...FAST, '--save', kinds])
  const slice = await save('nifti,nifti-mask,dicom-seg,json', join(folder, 'in', 'IM1.dcm'))
  assert.equal(slice.code, 0, slice.stderr)
  const [labels] = await openVolumes([await readFile(join(out, 'IM1.labels.nii.gz'))])
  const [source] = await openVolumes([await readFile(join(folder, 'in', 'IM1.dcm'))])
  assert.deepEqual(labels.size, [24, 20, 1])
  for (const [n, value] of source.affine!.entries()) assert.ok(Math.abs(labels.affine![n] - value) < 1e-4)
  assert.ok((await readFile(join(out, 'IM1.seg.dcm'))).length > 1000)
  const photo = await save('nifti', join(folder, 'photo.png'))
  assert.equal(photo.code, 0, photo.stderr)
  assert.deepEqual((await openVolumes([await readFile(join(out, 'photo.labels.nii.gz'))]))[0].size, [24, 20, 1])
  const refused = await save('dicom-seg', join(folder, 'photo.png'))
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /dicom-seg .*photo\.png\): expected slices of a DICOM series, got .*Save nifti instead/)
})
