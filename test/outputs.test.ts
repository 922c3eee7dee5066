/**
 * @file Outputs: what `--save` chooses, what their words mean, that they are as `schema/` says, and
 * that another output fits the door.
 */
import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { afterAll, test } from 'vitest'
import { FolderSink } from '../src/cli/sinks/folder.ts'
import { Adzus, decodeImage, type Foreground, type Segmentation } from '../src/index.ts'
import { digestOf, encodeImage } from '../src/output/encode.ts'
import { labels as labelsOutput } from '../src/output/labels.ts'
import type { RunOutput } from '../src/output/output.ts'
import { type ResultRecord, recordOf, withTotal } from '../src/output/record.ts'
import { chooseOutputs, defaultOutputs, isCalledLikeOutput } from '../src/output/registry.ts'
import { adzus as cli, filesBelow, temporaryFolder } from './support/cli.ts'
import { disc, writePng } from './support/pictures.ts'
import { decodeRle } from './support/rle.ts'
import { faultsOf, type Schema } from './support/schema.ts'

const FAST = { size: 64, thresholds: [0.2, 0.2, 0.2] }
const CALL = ['--backend', 'cpu', '--size', '64', '--threshold', '0.2']
const [WIDTH, HEIGHT] = [48, 40]
const PNG = writePng({ width: WIDTH, height: HEIGHT, colour: 'rgb', depth: 8, samples: disc(WIDTH, HEIGHT) })
const RUN = { version: '1.2.3', model: { path: 'model', sha256: '0'.repeat(64) }, backend: 'cpu', adapter: 'CPU' }

const schemaOf = async (name: string): Promise<Schema> => JSON.parse(await readFile(`schema/${name}.schema.json`, 'utf8'))
const [RESULT, LINE] = [await schemaOf('result'), await schemaOf('line')]

const adzus = await Adzus.load(undefined, { backend: 'cpu' })
afterAll(() => adzus.dispose())

const segmented = (foreground: Foreground): Promise<Segmentation> => adzus.segment(PNG, { ...FAST, foreground })
const inputFile = await digestOf(PNG)
const finished = (result: Segmentation) => ({ name: 'a', input: 'a.png', inputFile, result, run: RUN })
const jsonOf = (bytes: Uint8Array | undefined): ResultRecord => JSON.parse(new TextDecoder().decode(bytes))

test('NAME.json is as its schema says, and its first member marks it', async () => {
  const { files } = await encodeImage(finished(await segmented('auto')), defaultOutputs)
  assert.deepEqual([...files.keys()], ['a.labels.png', 'a.mask.png', 'a.overlay.png', 'a.json'])
  const json = jsonOf(files.get('a.json'))
  assert.deepEqual(faultsOf(json, RESULT), [])
  assert.equal(Object.keys(json)[0], 'adzus')
  // The schema describes every member: none could be added, lost or changed unseen.
  const { format, ...older } = json
  assert.match(faultsOf(older, RESULT).join(), /format is missing/)
  assert.match(faultsOf({ ...json, peak: 1 }, RESULT).join(), /peak is not described/)
  assert.match(faultsOf({ ...json, segments: [{ ...json.segments[0], bbox: [0, 0, 1] }] }, RESULT).join(), /bbox: too few items/)
})

test('API and NAME.json have one vocabulary', async () => {
  const result = await segmented('center')
  const json = recordOf(finished(result), { files: {}, resultFiles: {}, encode: 3 })
  assert.deepEqual(Object.keys(json.segments[0]).sort(), Object.keys(result.segments[0]).sort())
  assert.deepEqual(json.segments[0].rle, result.segments[0].rle)
  assert.deepEqual(Object.keys(json.timings).sort(), [...Object.keys(result.timings), 'encode'].sort())
  assert.equal(json.peakBytes, result.peakBytes)
})

for (const rule of ['auto', 'all', 'center', { point: [24, 20] }, { box: [0, 0, 20, 39] }] as const)
  test(`segments and mask agree under ${JSON.stringify(rule)}, and the RLE is that of the labels`, async () => {
    const { segments, labels, mask } = await segmented(rule)
    for (const { id, area, foreground, foregroundShare, rle } of segments) {
      const own = [...labels.keys()].filter((i) => labels[i] === id)
      assert.equal(own.length, area)
      const inside = own.filter((i) => mask[i] === 255).length
      assert.equal(foregroundShare, inside / area)
      assert.equal(foreground, 2 * inside >= area)
      assert.deepEqual(
        [...decodeRle(rle)].flatMap((v, i) => (v === 1 ? [i] : [])),
        own,
      )
    }
  })

test('stages add up to the total, to the digit that is written', async () => {
  const { timings } = await segmented('auto')
  const { total, ...stages } = timings
  const sum = (list: Record<string, number>) => Object.values(list).reduce((a, b) => a + b, 0)
  assert.ok(Math.abs(sum(stages) - total) < 1e-6)
  const { total: written, ...rounded } = withTotal({ a: 0.05, b: 0.05, c: 12.349, total: 99 })
  assert.deepEqual([rounded, written], [{ a: 0.1, b: 0.1, c: 12.3 }, 12.5])
})

test('beyond 255 segments the label map is grey with 16 bits, without a palette', async () => {
  const plain = await segmented('center')
  const many = {
    ...plain,
    width: 16,
    height: 16,
    labels: Uint16Array.from({ length: 256 }, (_, i) => i + 1),
    segments: Array.from({ length: 256 }, () => plain.segments[0]),
  }
  const png = decode(await labelsOutput.encode(finished(many)), { checkCrc: true })
  assert.deepEqual([png.depth, png.channels, png.palette], [16, 1, undefined])
  assert.deepEqual([...png.data], [...many.labels])
  const few = decode(await labelsOutput.encode(finished(plain)), { checkCrc: true })
  assert.equal(few.palette?.length, plain.segments.length + 1)
  assert.deepEqual([...few.data], [...plain.labels])
})

test('--save: outputs by their names', () => {
  assert.deepEqual(
    chooseOutputs(['json', 'mask']).map(({ name }) => name),
    ['mask', 'json'],
  )
  assert.throws(() => chooseOutputs(['maks']), /options \(save\): expected some of labels, mask, .*got maks\. Did you mean mask\?/)
  assert.throws(() => chooseOutputs([]), /got nothing/)
  assert.ok(isCalledLikeOutput('x/A.Mask.PNG') && !isCalledLikeOutput('mask.png') && !isCalledLikeOutput('a.json'))
})

test('lines are as their schema says; --save writes what is chosen and nothing else', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'a.png'), PNG)
  await writeFile(join(folder, 'bad.png'), 'nothing')
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli(['segment', 'a.png', 'bad.png', '-o', 'out', '--json', ...CALL, ...args], { cwd: folder })
    const lines = stdout.split('\n').filter(Boolean)
    return { code, stderr, lines: lines.map((line) => JSON.parse(line)) }
  }
  const first = await run('--save', 'json, mask', '--profile')
  assert.deepEqual(await filesBelow(join(folder, 'out')), ['a.json', 'a.mask.png'])
  const second = await run('--save', 'mask,json', '--resume')
  const lines = [...first.lines, ...second.lines]
  assert.deepEqual(
    lines.map(({ status }) => status),
    ['done', 'failed', 'profile', 'skipped', 'failed'],
  )
  for (const line of lines) assert.deepEqual(faultsOf(line, LINE), [])
  assert.deepEqual(lines[0].files, { mask: 'out/a.mask.png', json: 'out/a.json' })
  const json = JSON.parse(await readFile(join(folder, 'out', 'a.json'), 'utf8'))
  assert.deepEqual(faultsOf(json, RESULT), [])
  assert.deepEqual(json.files, { mask: 'a.mask.png' })
  // One image's own time: as in its record, and the writing.
  const { write, total, ...stages } = lines[0].timings
  const { total: recorded, ...same } = json.timings
  assert.deepEqual(stages, same)
  assert.ok(Math.abs(recorded + write - total) < 1e-6)
  assert.deepEqual([lines[0].milliseconds, json.milliseconds], [total, recorded])
  assert.deepEqual([lines[0].segmentCount, lines[0].foregroundShare], [json.segments.length, json.foregroundShare])

  // More is wanted than the record vouches for, so it is made again.
  const more = await run('--save', 'labels,mask,json', '--resume')
  assert.equal(more.lines[0].status, 'done')
  // A record must not vouch for results that it has not seen written.
  await run('--save', 'mask')
  assert.deepEqual(await filesBelow(join(folder, 'out')), ['a.labels.png', 'a.mask.png'])
  const refused = await run('--save', 'mask', '--resume')
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /^adzus: segment \(--resume\): expected json among what is saved.*Add json to --save\.\n$/)
})

test('nothing is made for options out of range', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'a.png'), PNG)
  const { code } = await cli(['segment', 'a.png', '-o', 'new/out', '--trace', 'traces/t.json', ...CALL, '--heads', '99'], { cwd: folder })
  assert.equal(code, 2)
  await assert.rejects(readFile(join(folder, 'new')), { code: 'ENOENT' })
  await assert.rejects(readFile(join(folder, 'traces')), { code: 'ENOENT' })
})

/** One file for a run, as COCO or a table would be. */
const table: RunOutput = {
  per: 'run',
  name: 'table',
  file: 'table.csv',
  help: 'a row for each segment',
  isOurs: (beginning) => new TextDecoder().decode(beginning).startsWith('adzus,'),
  collect: ({ version }) => {
    const rows = [`adzus,${version}`]
    return {
      add: ({ segments, input }, name) => {
        for (const { id, area } of segments) rows.push(`${name},${input},${id},${area}`)
      },
      encode: async () => new TextEncoder().encode(rows.join('\n')),
    }
  },
}

test('an output of a whole run: written at the end, also of what was done before, and never over another’s file', async (t) => {
  const folder = await temporaryFolder(t)
  const result = await segmented('center')
  const outputs = [...defaultOutputs, table]
  const items = ['a', 'sub/b'].map((name) => ({ name, path: join(folder, `${name}.png`) }))
  const begun = async () => {
    const sink = new FolderSink(folder, { outputs })
    await sink.begin(RUN)
    return sink
  }
  const whole = await begun()
  for (const item of items) await whole.image(item, inputFile, result)
  assert.ok(!(await filesBelow(folder)).includes('table.csv'))
  await whole.end()
  const written = await readFile(join(folder, 'table.csv'), 'utf8')
  assert.equal(written.split('\n').length, 1 + 2 * result.segments.length)
  assert.ok(written.includes(`\nsub/b,b.png,1,${result.segments[0].area}\n`), written)

  const resumed = await begun()
  for (const item of items) {
    assert.ok(await resumed.has(item, result.parameters, async () => inputFile))
    await resumed.skip(item)
  }
  await rm(join(folder, 'table.csv'))
  await resumed.end()
  assert.equal(await readFile(join(folder, 'table.csv'), 'utf8'), written)

  await writeFile(join(folder, 'table.csv'), 'mine')
  await assert.rejects(begun(), /table\.csv\): expected no file yet, or a result of adzus, got a file of another origin/)
  assert.equal(await readFile(join(folder, 'table.csv'), 'utf8'), 'mine')
})

test('label maps keep their integers in our reader’s colours, too', async () => {
  const { labels, segments } = await segmented('center')
  const bytes = await labelsOutput.encode(finished(await segmented('center')))
  const { data } = await decodeImage(bytes)
  const colours = new Map<number, string>()
  for (const [i, label] of labels.entries()) {
    const colour = [...data.subarray(3 * i, 3 * i + 3)].join()
    assert.equal(colours.get(label) ?? colour, colour)
    colours.set(label, colour)
  }
  assert.equal(new Set(colours.values()).size, segments.length)
})
