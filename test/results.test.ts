/**
 * @file What the results of an image may take the place of, and what is left when writing them
 * fails. The segmentation is made up: what is tested here are files.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { decode } from 'fast-png'
import { type TestContext, test } from 'vitest'
import type { Parameters } from '../src/adzus/options.ts'
import { resolveOptions } from '../src/adzus/resolve-options.ts'
import { type FolderOptions, FolderSink } from '../src/cli/sinks/folder.ts'
import { isResult } from '../src/cli/sinks/origin.ts'
import { AdzusError, type Segmentation } from '../src/index.ts'
import { digestOf } from '../src/output/encode.ts'
import type { Digest, RunInfo } from '../src/output/output.ts'
import { filesBelow, temporaryFolder } from './support/cli.ts'
import { disc, writePng } from './support/pictures.ts'
import { replaceCall } from './support/replace-call.ts'

const INFO: RunInfo = { version: '1.2.3', model: { path: 'model', sha256: '00' }, backend: 'cpu', adapter: 'CPU' }
const KINDS = ['labels', 'mask', 'overlay'] as const
const INPUT = await digestOf(Uint8Array.of(1, 2, 3))
const SUFFIXES = ['json', 'labels.png', 'mask.png', 'overlay.png']
const [WIDTH, HEIGHT] = [6, 4]
const PARAMETERS = resolveOptions(
  {},
  {
    size: [64, 64],
    timesteps: [300],
    method: { kind: 'diffseg', thresholds: [1], anchors: 4, refine: false },
    layers: null,
    emptyPrompt: 'encoded',
  },
  { cell: 8, steps: 1000, binds: () => true },
)

/** Two segments, left and right, of which one is foreground; it begins in the given column. */
function segmentation(from = 3): Segmentation {
  const right = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH >= from ? 1 : 0))
  return {
    width: WIDTH,
    height: HEIGHT,
    labels: right.map((v) => 1 + v),
    mask: right.map((v) => 255 * v),
    segments: [1, 2].map((id) => ({
      id,
      area: HEIGHT * (id === 1 ? from : WIDTH - from),
      bbox: [0, 0, 1, 1],
      centroid: [0, 0],
      meanColour: [0, 0, 0],
      borderShare: 0,
      foregroundShare: id - 1,
      foreground: id === 2,
      rle: { size: [HEIGHT, WIDTH], counts: '' },
    })),
    parameters: PARAMETERS,
    timings: { total: 0 },
    peakBytes: 1,
    image: { width: WIDTH, height: HEIGHT, data: disc(WIDTH, HEIGHT) },
    notes: ['its end marker is missing'],
  }
}

/** The sink that writes `base`, and what it calls that. */
async function sinkOf(base: string, options?: FolderOptions, info = INFO) {
  const sink = new FolderSink(dirname(base), options)
  await sink.begin(info)
  return { sink, item: { name: basename(base), path: join(dirname(base), 'a.png') } }
}

async function write(base: string, from?: number, options?: FolderOptions): Promise<void> {
  const { sink, item } = await sinkOf(base, options)
  await sink.image(item, INPUT, segmentation(from))
}

async function isDone(base: string, digest: Digest, parameters: Parameters, info = INFO, options?: FolderOptions): Promise<boolean> {
  const { sink, item } = await sinkOf(base, options, info)
  return sink.has(item, parameters, async () => digest)
}

const resultPaths = (base: string) => SUFFIXES.map((suffix) => `${base}.${suffix}`)

/** Somebody's own PNG. */
const foreign = () => writePng({ width: WIDTH, height: HEIGHT, colour: 'grey', depth: 8, samples: new Uint8Array(WIDTH * HEIGHT) })

/** Names and contents of all files below a folder. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = await filesBelow(folder)
  return Object.fromEntries(await Promise.all(names.map(async (n) => [n, (await readFile(join(folder, n))).toString('hex')] as const)))
}

/** Writing must fail with that message and leave the folder as it is. */
async function refused(folder: string, base: string, message: RegExp, options?: { overwrite?: boolean }): Promise<void> {
  const before = await contents(folder)
  await assert.rejects(write(base, 2, options), (error) => error instanceof AdzusError && message.test(error.message))
  assert.deepEqual(await contents(folder), before)
}

/** Writing must succeed, and every file be of this run. */
async function replaced(base: string, options?: { overwrite?: boolean }): Promise<void> {
  await write(base, 2, options)
  assert.deepEqual([...decode(await readFile(`${base}.mask.png`)).data], [...segmentation(2).mask])
  for (const path of resultPaths(base)) assert.ok(await isResult(path), path)
}

/**
 * Takes the marks out of the pictures of results, as versions before the mark wrote them; `digest`
 * tells whether the JSON keeps the input's.
 */
async function unmark(base: string, { digest = false, pictures = KINDS as readonly string[] } = {}): Promise<void> {
  for (const kind of pictures) {
    const path = `${base}.${kind}.png`
    const bytes = await readFile(path)
    // Behind signature and header: the length of the text, its name, its contents, its checksum.
    await writeFile(path, Buffer.concat([bytes.subarray(0, 33), bytes.subarray(33 + 12 + bytes.readUInt32BE(33))]))
    assert.equal(await isResult(path), false)
    decode(await readFile(path), { checkCrc: true })
  }
  const { inputFile: file, ...json } = JSON.parse(await readFile(`${base}.json`, 'utf8'))
  await writeFile(`${base}.json`, JSON.stringify(digest ? { ...json, inputFile: file } : json))
}

async function place(t: TestContext): Promise<{ folder: string; base: string }> {
  const folder = await temporaryFolder(t)
  return { folder, base: join(folder, 'a') }
}

test('every result has the mark of its origin, and the next run takes its place', async (t) => {
  const { folder, base } = await place(t)
  await write(base)
  for (const kind of KINDS) assert.equal(decode(await readFile(`${base}.${kind}.png`), { checkCrc: true }).text['Software'], 'ADZUS 1.2.3')
  for (const path of resultPaths(base)) assert.ok(await isResult(path), path)
  await replaced(base)
  // A run that was stopped left no JSON, and not all of the pictures.
  await rm(`${base}.json`)
  await rm(`${base}.labels.png`)
  await replaced(base)
  assert.deepEqual(
    await filesBelow(folder),
    SUFFIXES.map((s) => `a.${s}`),
  )
})

for (const suffix of SUFFIXES)
  test(`a file NAME.${suffix} of another origin stays, unless --overwrite is given`, async (t) => {
    const { folder, base } = await place(t)
    const own = suffix === 'json' ? new TextEncoder().encode('{ "shapes": [], "adzus": "none" }\n') : foreign()
    await writeFile(`${base}.${suffix}`, own)
    const message =
      /^write \(.*\): expected no file yet, or a result of adzus, got a file of another origin\. Choose another --output, or .*--overwrite\.$/
    await refused(folder, base, message)
    // Also among results, and where it is empty.
    await write(base, 3, { overwrite: true })
    await writeFile(`${base}.${suffix}`, own)
    await refused(folder, base, message)
    await writeFile(`${base}.${suffix}`, '')
    await refused(folder, base, message)
    await replaced(base, { overwrite: true })
  })

test('a result that somebody saved again is theirs', async (t) => {
  const { folder, base } = await place(t)
  await write(base)
  const { width, height, data } = decode(await readFile(`${base}.mask.png`))
  const saved = writePng({ width, height, colour: 'grey', depth: 8, samples: data })
  await writeFile(`${base}.mask.png`, saved)
  await refused(folder, base, /a\.mask\.png\): .* another origin/)
  // Other programs name themselves, or put the text elsewhere.
  const marked = await readFile(`${base}.labels.png`)
  await writeFile(`${base}.labels.png`, Buffer.from(marked.toString('latin1').replace('ADZUS 1', 'ADZUSX1'), 'latin1'))
  assert.equal(await isResult(`${base}.labels.png`), false)
  const text = marked.subarray(33, 33 + 12 + marked.readUInt32BE(33))
  await writeFile(`${base}.labels.png`, Buffer.concat([saved.subarray(0, -12), text, saved.subarray(-12)]))
  assert.equal(decode(await readFile(`${base}.labels.png`)).text['Software'], 'ADZUS 1.2.3')
  assert.equal(await isResult(`${base}.labels.png`), false)
})

test('folders in the place of results stay in any case; links are what they lead to', async (t) => {
  const { folder, base } = await place(t)
  await mkdir(`${base}.overlay.png`)
  for (const overwrite of [false, true])
    await refused(folder, base, /expected no file yet, or a result of adzus, got a folder\. Choose another --output\.$/, { overwrite })
  await rm(`${base}.overlay.png`, { recursive: true })
  if (process.platform === 'win32') return
  const truth = join(folder, 'truth.png')
  await symlink(truth, `${base}.mask.png`)
  await refused(folder, base, /another origin/)
  await writeFile(truth, foreign())
  await refused(folder, base, /another origin/)
  await replaced(base, { overwrite: true })
  assert.deepEqual(new Uint8Array(await readFile(truth)), foreign())
})

test('pictures of versions without marks are replaced where their JSON vouches for them', async (t) => {
  const { folder, base } = await place(t)
  await write(base)
  await unmark(base)
  await replaced(base)

  await unmark(base)
  const later = new Date(Date.now() + 60_000)
  await utimes(`${base}.mask.png`, later, later)
  await refused(folder, base, /a\.mask\.png\): .* another origin/)
  await replaced(base, { overwrite: true })

  // This JSON is of a version that marks its pictures.
  await unmark(base, { digest: true })
  await refused(folder, base, /another origin/)
  await replaced(base, { overwrite: true })

  await unmark(base)
  await rename(`${base}.json`, join(folder, 'b.json'))
  await refused(folder, base, /another origin/)
  // The JSON of another image does not list them.
  await rename(join(folder, 'b.json'), `${base}.json`)
  const json = JSON.parse(await readFile(`${base}.json`, 'utf8'))
  await writeFile(`${base}.json`, JSON.stringify({ ...json, files: { mask: 'b.mask.png' } }))
  await refused(folder, base, /another origin/)
  await writeFile(`${base}.json`, JSON.stringify({ ...json, adzus: undefined }))
  await refused(folder, base, /another origin/)
})

test('results are done where picture, parameters and model are the same', async (t) => {
  const { base } = await place(t)
  const { parameters } = segmentation()
  const done = (file = INPUT, p = parameters, info = INFO) => isDone(base, file, p, info)
  assert.equal(await done(), false)
  await write(base)
  assert.equal(await done(), true)
  assert.equal(await done(await digestOf(Uint8Array.of(1, 2, 4))), false)
  assert.equal(await done({ ...INPUT, bytes: 4 }), false)
  assert.equal(await done(INPUT, { ...parameters, method: { ...parameters.method, anchors: 5 } }), false)
  assert.equal(await done(INPUT, parameters, { ...INFO, model: { path: 'model', sha256: '01' } }), false)
  // Not where the JSON does not tell what was read or written, as those of older versions.
  await unmark(base, { pictures: [] })
  assert.equal(await done(), false)
  await write(base)
  const { resultFiles, ...older } = JSON.parse(await readFile(`${base}.json`, 'utf8'))
  await writeFile(`${base}.json`, JSON.stringify(older))
  assert.equal(await done(), false)
  assert.equal(INPUT.sha256, '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81')
})

test('links that lie in wait under temporary names are not followed', { skip: process.platform === 'win32' }, async (t) => {
  const { folder, base } = await place(t)
  const victim = join(folder, 'victim')
  await writeFile(victim, 'somebody’s')
  for (const path of resultPaths(base)) await symlink(victim, `${path}.${process.pid}.tmp`)
  await write(base)
  assert.equal(await readFile(victim, 'utf8'), 'somebody’s')
  assert.deepEqual(await filesBelow(folder), [...SUFFIXES.map((s) => `a.${s}`), 'victim'])
})

for (const kind of KINDS)
  test(`results are not done where NAME.${kind}.png is not what was written`, async (t) => {
    const { base } = await place(t)
    await write(base)
    const path = `${base}.${kind}.png`
    const bytes = await readFile(path)
    const { resultFiles } = JSON.parse(await readFile(`${base}.json`, 'utf8'))
    assert.deepEqual(resultFiles[kind], { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    const done = () => isDone(base, INPUT, PARAMETERS, INFO)
    const changed = Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 20 ? byte ^ 1 : byte))
    for (const other of [bytes.subarray(0, -1), new Uint8Array(0), changed, Buffer.concat([bytes, Uint8Array.of(0)])]) {
      await writeFile(path, other)
      assert.equal(await done(), false)
    }
    await rm(path)
    assert.equal(await done(), false)
    await mkdir(path)
    assert.equal(await done(), false)
    await rm(path, { recursive: true })
    await writeFile(path, bytes)
    assert.equal(await done(), true)
  })

test('results that cannot all be written leave those of before as they were', { skip: 'Deno' in globalThis }, async (t) => {
  const { folder, base } = await place(t)
  await write(base)
  // The disk is full when the last of four is begun.
  let left = 3
  replaceCall(t, 'open', (open) => async (path: string, flags: string, mode?: number) => {
    if (flags === 'wx' && left-- === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    return open(path, flags, mode)
  })
  await refused(folder, base, /a\.json\): expected a folder that can be written to, got a full disk\. Choose another --output\.$/)
  left = Number.POSITIVE_INFINITY
  await replaced(base)
})

test('stopped among the renames, no JSON vouches for the pictures', { skip: 'Deno' in globalThis }, async (t) => {
  const { folder, base } = await place(t)
  await write(base)
  replaceCall(t, 'rename', (rename) => async (from: string, to: string) => {
    if (`${to}`.endsWith('overlay.png')) throw new Error('stopped')
    await rename(from, to)
  })
  await assert.rejects(write(base, 2), /a\.overlay\.png\): expected a folder that can be written to, got stopped/)
  assert.deepEqual(await filesBelow(folder), ['a.labels.png', 'a.mask.png', 'a.overlay.png'])
  assert.deepEqual([...decode(await readFile(`${base}.mask.png`)).data], [...segmentation(2).mask])
})
