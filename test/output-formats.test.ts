/**
 * @file The outputs that other programs open, byte for byte as `test/data/outputs` has them, and
 * that a run knows them again. `npm run test:formats` opens such files with those programs' libraries.
 */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { unzipSync } from 'fflate'
import { test } from 'vitest'
import { markForeground, regionProperties } from '../src/adzus/segments.ts'
import { FolderSink } from '../src/cli/sinks/folder.ts'
import { displayed } from '../src/image/decode.ts'
import { type FinishedImage, objectsOf, type RunOutput, type Segmentation } from '../src/index.ts'
import { coco } from '../src/output/coco.ts'
import { csvOf } from '../src/output/csv.ts'
import { encodeImage } from '../src/output/encode.ts'
import { chooseOutputs, isOurs } from '../src/output/registry.ts'
import { encodeRoi } from '../src/output/roi-file.ts'
import { regionsCsv } from '../src/output/tables.ts'
import { levelsOf, zarrArray } from '../src/output/zarr-array.ts'
import { filesBelow, temporaryFolder } from './support/cli.ts'
import { faultsOf, type Schema } from './support/schema.ts'

const DATA = 'test/data/outputs'
const RUN = { version: '1.2.3', model: { path: 'm', sha256: '0'.repeat(64) }, backend: 'cpu', adapter: 'CPU' }
const ALL = ['geojson', 'roi', 'svg', 'segments-csv', 'objects-csv', 'zarr', 'json']

/** Two segments; of the second's five parts two touch in a corner, and one has a hole with a part of the first. */
const ROWS = ['1111111111', '1222112221', '1212112221', '1222112221', '1111111111', '1112111112', '1121111122', '1111111111']
const [width, height] = [10, 8]

function resultOf(): Segmentation {
  const labels = Uint8Array.from(ROWS.join(''), Number)
  const mask = labels.map((label) => (label === 2 ? 255 : 0))
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 7) % 256)
  const image = { width, height, data, spacing: { x: 0.5, y: 0.25, unit: 'mm' as const } }
  const segments = regionProperties(labels, 2, image)
  markForeground(segments, labels, mask)
  const parameters = { minSize: 0, excludeBorder: false } as Segmentation['parameters']
  return { width, height, labels, mask, segments, image, parameters, timings: {}, peakBytes: 0, notes: [] } as unknown as Segmentation
}

/** The same with its objects, as of a picture that shows many. */
function manyOf(): Segmentation {
  const result = resultOf()
  return { ...result, objects: objectsOf(result) }
}

const finished = (result: Segmentation): FinishedImage => {
  return { name: 'a', input: '../in/a.png', inputFile: { bytes: 1, sha256: '0123456789abcdef'.repeat(4) }, result, run: RUN }
}
const schema = async (): Promise<Schema> => JSON.parse(await readFile('schema/result.schema.json', 'utf8'))
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)
const expected = (name: string) => readFile(join(DATA, name), 'utf8')

const { files, record } = await encodeImage(finished(manyOf()), chooseOutputs([...ALL, 'coco', 'csv']))

for (const name of ['a.geojson', 'a.svg', 'a.segments.csv', 'a.objects.csv'])
  test(`${name} is as it is stored`, async () => {
    assert.equal(text(files.get(name)), await expected(name))
  })

test('ROI archives: a file for each shape, traced or composite', async () => {
  const found = Object.entries(unzipSync(files.get('a.rois.zip')!)).map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')])
  assert.deepEqual(Object.fromEntries(found), JSON.parse(await expected('rois.json')))
})

/** Files of a run, of records. */
async function collected(output: RunOutput, names: readonly string[], one = record()): Promise<string> {
  const collector = output.collect(RUN)
  for (const name of names) collector.add(one, name)
  return text(await collector.encode())
}

test('files of a run are as they are stored, whatever the order of the images', async () => {
  for (const output of [coco, regionsCsv]) {
    assert.equal(await collected(output, ['sub/a', 'b']), await expected(output.file))
    assert.equal(await collected(output, ['b', 'sub/a']), await expected(output.file))
    JSON.parse(await collected(coco, []))
  }
})

test('the record has what files of a run need, and only where there is one', async () => {
  assert.ok(coco.isServedBy!(record()) && regionsCsv.isServedBy!(record()))
  assert.ok(record().objects?.list.every(({ rle }) => rle.counts.length > 0))
  assert.deepEqual(record().spacing, { x: 0.5, y: 0.25, unit: 'mm' })
  const plain = (await encodeImage(finished(resultOf()), chooseOutputs(['geojson', 'json']))).record()
  assert.equal(plain.objects, undefined)
  assert.ok(!coco.isServedBy!(plain) && !regionsCsv.isServedBy!(plain))
  const parts = (await encodeImage(finished(resultOf()), chooseOutputs(['json', 'coco']))).record()
  assert.deepEqual(parts.objects, record().objects)
})

test('where not many objects are seen, outlines have none, and tables have the parts of the mask', async () => {
  const few = await encodeImage(finished(resultOf()), chooseOutputs(ALL))
  const { features } = JSON.parse(text(few.files.get('a.geojson')))
  assert.deepEqual(
    features.map(({ properties }: { properties: { name: string } }) => properties.name),
    ['Foreground', 'Segment 1', 'Segment 2'],
  )
  assert.equal(text(few.files.get('a.objects.csv')), await expected('a.objects.csv'))
})

test('an empty foreground is no shape, and its label image has no chunk', async () => {
  const none = { ...resultOf(), mask: new Uint8Array(width * height) }
  const { files: empty } = await encodeImage(finished(none), chooseOutputs(['svg', 'roi', 'zarr', 'geojson']))
  assert.ok(!text(empty.get('a.svg')).includes('id="foreground"'))
  assert.deepEqual(Object.keys(unzipSync(empty.get('a.rois.zip')!)), ['segment-1.roi', 'segment-2.roi'])
  assert.ok(empty.has('a.labels.zarr/foreground/0/zarr.json') && !empty.has('a.labels.zarr/foreground/0/c/0/0'))
})

test('OME-Zarr: descriptions as they are stored, and the labels in gzip', async () => {
  const stored: Record<string, unknown> = JSON.parse(await expected('zarr.json'))
  const inside = [...files].filter(([path]) => path.startsWith('a.labels.zarr/'))
  const described = inside.filter(([path]) => path.endsWith('zarr.json')).map(([path, bytes]) => [path, JSON.parse(text(bytes))])
  assert.deepEqual(Object.fromEntries(described), stored)
  const chunk = (name: string) => gunzipSync(files.get(`a.labels.zarr/${name}/0/c/0/0`)!)
  const result = manyOf()
  assert.deepEqual([...chunk('segments')], [...result.labels])
  assert.deepEqual([...chunk('foreground')], [...result.mask.map((value) => value & 1)])
  assert.deepEqual(
    [...chunk('objects')],
    [...result.objects!.labels].flatMap((label) => [label & 255, label >> 8]),
  )
})

test('large label maps have smaller ones of every second pixel, and chunks that are whole at the edges', async () => {
  const [w, h] = [1030, 5]
  const data = Uint16Array.from({ length: w * h }, (_, i) => (i % w < 512 ? 0 : i))
  const levels = levelsOf({ width: w, height: h, data })
  assert.deepEqual(
    levels.map((level) => [level.width, level.height, level.step]),
    [
      [1030, 5, 1],
      [515, 3, 2],
      [258, 2, 4],
    ],
  )
  assert.equal(levels[1].data[515 + 514], data[2 * w + 1028])
  const { chunks } = await zarrArray(levels[0])
  assert.deepEqual([...chunks.keys()], ['c/0/1', 'c/0/2'])
  const last = new Uint16Array(new Uint8Array(gunzipSync(chunks.get('c/0/2')!)).buffer)
  assert.equal(last.length, 512 * 5)
  assert.deepEqual([last[5], last[6], last[512 + 5]], [1029, 0, w + 1029])
})

test('what 16 bits cannot say in a ROI is a path of floats', () => {
  const square = (size: number) => Int32Array.of(0, 0, size, 0, size, size, 0, size, 0, 0)
  const kind = (size: number) => encodeRoi({ polygons: [[square(size)]], colour: [1, 2, 3] }, 'a')[6]
  assert.deepEqual([kind(32767), kind(32768)], [8, 1])
  const view = new DataView(encodeRoi({ polygons: [[square(70_000)]], colour: [1, 2, 3] }, 'a').buffer)
  // Its bounds are only a hint then; the path has the corners.
  assert.deepEqual([view.getUint16(12), view.getFloat32(64 + 4 * 4), view.getUint32(36)], [65535, 70_000, 13])
})

test('channels that are measurements: their means in the file’s values, by their names', async () => {
  const data = Uint16Array.from({ length: 2 * width * height }, (_, i) => (i % 2 === 0 ? 1000 + (i >> 1) : 7))
  const raster = { width, height, channels: 2, data, channelNames: ['DAPI', '=Cy5,"x"'], notes: [] }
  const { channels } = displayed(raster)
  assert.equal(channels?.data, data)
  assert.deepEqual(displayed({ ...raster, channelNames: ['a', 'a'] }).channels?.names, ['a', 'a (2)'])
  assert.equal(displayed({ ...raster, channelNames: undefined }).channels, undefined)
  const plain = resultOf()
  const image = { ...plain.image, channels }
  const segments = regionProperties(plain.labels, 2, image)
  const own = [...plain.labels.keys()].filter((i) => plain.labels[i] === 2)
  const mean = 1000 + own.reduce((sum, i) => sum + i, 0) / own.length
  assert.deepEqual(segments[1].channelMeans, { DAPI: mean, '=Cy5,"x"': 7 })
  const floats = { names: ['f'], data: new Float32Array(width * height).fill(NaN).fill(3, 0, 5) }
  assert.deepEqual(
    regionProperties(plain.labels, 2, { ...image, channels: floats }).map(({ channelMeans }) => channelMeans),
    [{ f: 3 }, { f: NaN }],
  )
  const found = await encodeImage(
    finished({ ...plain, image, segments }),
    chooseOutputs(['segments-csv', 'objects-csv', 'json', 'geojson']),
  )
  const [header, , second] = text(found.files.get('a.segments.csv')).split('\n')
  assert.match(header, /,border_share,mean_DAPI,"mean_=Cy5,""x"""$/)
  assert.ok(second.endsWith(`,${Number(mean.toPrecision(9))},7`), second)
  assert.equal(faultsOf(JSON.parse(text(found.files.get('a.json'))), await schema()).filter((fault) => /channel/.test(fault)).length, 0)
  assert.equal(found.record().segments[1].channelMeans?.['=Cy5,"x"'], 7)
  assert.ok(found.record().objects?.list.every(({ channelMeans }) => channelMeans?.['=Cy5,"x"'] === 7))
  assert.ok(text(found.files.get('a.geojson')).includes('"Mean DAPI":'))
  // In the table of a run, images without a channel have nothing there.
  const collector = regionsCsv.collect(RUN)
  collector.add(record(), 'a')
  collector.add(found.record(), 'b')
  const lines = text(await collector.encode())
    .trim()
    .split('\n')
  assert.ok(lines[1].endsWith(',0.9375,,') && lines.at(-1)!.endsWith(',7'))
})

test('tables: quotation marks, separators, and texts that spreadsheets would run', () => {
  assert.equal(
    csvOf([['a,b', 'c"d', 'e\nf', '=1+1', '@x', '-5', -5, NaN, undefined, true]]),
    `"a,b","c""d","e\nf",'=1+1,'@x,'-5,-5,,,true\n`,
  )
  assert.equal(csvOf([['=A1,"x"']]), `"'=A1,""x"""\n`)
})

test('each kind of file has a mark of its own by which it is known, and a changed file has none', async () => {
  const own = [...files].filter(([path]) => !path.includes('.zarr/'))
  for (const [name, bytes] of own) assert.ok(isOurs(bytes.subarray(0, 64)), name)
  assert.ok(isOurs(files.get('a.labels.zarr/zarr.json')!.subarray(0, 64)))
  const foreign = [
    '{"type":"FeatureCollection"}',
    '<svg/>',
    '<?xml version="1.0"?>',
    'image,kind,id',
    '{"attributes":{"ome":{}}}',
    'PK\x03\x04',
  ]
  for (const start of foreign) assert.ok(!isOurs(new TextEncoder().encode(start.padEnd(64))), start)
})

test('a folder among the results: whole, known again, replaced as a whole, and never with a stranger’s file in it', async (t) => {
  const folder = await temporaryFolder(t)
  const outputs = chooseOutputs(['zarr', 'json'])
  const item = { name: 'sub/a', path: join(folder, 'a.png') }
  const result = manyOf()
  const inputFile = { bytes: 1, sha256: '0'.repeat(64) }
  const begun = async () => {
    const sink = new FolderSink(folder, { outputs })
    await sink.begin(RUN)
    return sink
  }
  const isDone = async () => (await begun()).has(item, result.parameters, async () => inputFile)
  const write = async () => {
    const sink = await begun()
    await sink.admit(item)
    await sink.image(item, inputFile, result)
    return sink
  }
  const sink = await write()
  const place = join(folder, 'sub', 'a.labels.zarr')
  assert.deepEqual(sink.files(item), { zarr: place, json: join(folder, 'sub', 'a.json') })
  const written = await filesBelow(folder)
  assert.equal(written.length, 11)
  assert.ok(await isDone())

  // A file less, and a file that was changed.
  await rm(join(place, 'objects', '0', 'c', '0', '0'))
  assert.ok(!(await isDone()))
  await write()
  assert.ok(await isDone())
  await writeFile(join(place, 'objects', '0', 'c', '0', '0'), 'other')
  assert.ok(!(await isDone()))

  // Chunks of an earlier and larger picture go with their folder.
  await mkdir(join(place, 'objects', '0', 'c', '7'))
  await writeFile(join(place, 'objects', '0', 'c', '7', '0'), 'old')
  await write()
  assert.deepEqual(await filesBelow(folder), written)
  assert.deepEqual((await readdir(join(folder, 'sub'))).sort(), ['a.json', 'a.labels.zarr'])

  await writeFile(join(place, 'notes.txt'), 'mine')
  await assert.rejects(
    write(),
    /a\.labels\.zarr\): expected no file yet, or a result of adzus, got a folder of another origin, or with other/,
  )
  assert.equal(await readFile(join(place, 'notes.txt'), 'utf8'), 'mine')
  await rm(place, { recursive: true })
  await writeFile(place, 'a file')
  await assert.rejects(write(), /got a file of another origin\. Choose another --output\.$/)
})
