/**
 * @file One picture through the packed package in several runtimes: what each must find is what
 * this Node finds in the sources.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Adzus, decodeImage, encodePng, openImages, type Segmentation } from '../../src/index.ts'
import { install, pack, runIn, write } from './packed.ts'

const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'
const SIZE = 128
/** Low, so that there are several segments to compare. */
const THRESHOLD = 0.2
const OPTIONS = { size: SIZE, thresholds: [THRESHOLD, THRESHOLD, THRESHOLD] }

/** For Node, Deno and Bun: prints the backend and the hash of the labels. */
const PROGRAM = `import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Adzus } from 'adzus'
const adzus = await Adzus.load(undefined, { backend: 'cpu' })
const { labels } = await adzus.segment(await readFile('picture.jpg'), ${JSON.stringify(OPTIONS)})
await adzus.dispose()
console.log(JSON.stringify([adzus.backend.description, createHash('sha256').update(labels).digest('hex')]))
`

/** What a page asks for once it has its first mask. */
export const FIRST_MASK = '/first-mask'

/** For pages, whose server has the `pictures`. */
export const PAGE = `import { Adzus } from 'adzus'
const adzus = await Adzus.load(undefined, { backend: 'cpu' })
const labelsOf = async (picture) => Array.from((await adzus.segment(new URL(picture, location.href), ${JSON.stringify(OPTIONS)})).labels)
const png = await labelsOf('/picture.png')
await fetch('${FIRST_MASK}')
const jpeg = await labelsOf('/picture.jpg')
const { description, note } = adzus.backend
globalThis.done = { png, jpeg, description, note }
`

/** What `PAGE` finds: labels, and what the backend says. */
export interface FirstMask {
  png: number[]
  jpeg: number[]
  description: string
  note?: string
}

/** How a program is run: what comes before its path. */
export type Runtime = readonly [command: string, ...args: string[]]

export async function picture(): Promise<Uint8Array> {
  return readFile(PICTURE)
}

/** The picture as pages ask for it. */
export async function pictures(): Promise<Record<string, Uint8Array>> {
  const jpeg = await picture()
  return { '/picture.jpg': jpeg, '/picture.png': await encodePng(await decodeImage(jpeg)) }
}

/** What this Node finds. */
export async function expected(): Promise<Segmentation> {
  const adzus = await Adzus.load(undefined, { backend: 'cpu' })
  const result = await adzus.segment(await picture(), OPTIONS)
  await adzus.dispose()
  assert.ok(result.segments.length > 1, 'one segment would prove nothing')
  return result
}

/** A project with the packed package, the programs of this file, and other packages. */
export async function project(folder: string, packages: readonly string[] = [], options: readonly string[] = []): Promise<void> {
  install(folder, [pack(folder), ...packages], options)
  write(folder, { 'main.js': PROGRAM, 'picture.jpg': await picture() })
}

/** The library: the labels, byte by byte. */
export function runLibrary(folder: string, [command, ...args]: Runtime, { labels }: Segmentation): string {
  const [description, hash] = JSON.parse(runIn(folder, command, [...args, 'main.js']))
  assert.equal(hash, createHash('sha256').update(labels).digest('hex'), `${description}: other labels`)
  return `${description}, the same labels`
}

/** The command line: the mask that it writes, and what `adzus doctor` calls the runtime. */
export async function runCommandLine(folder: string, [command, ...args]: Runtime, { mask }: Segmentation, name: string): Promise<string> {
  const program = join('node_modules', 'adzus', 'bin', 'adzus.js')
  const out = `out-${name}`
  runIn(folder, command, [
    ...args,
    program,
    'segment',
    'picture.jpg',
    '--size',
    `${SIZE}`,
    '--threshold',
    `${THRESHOLD}`,
    '--backend',
    'cpu',
    '--quiet',
    '-o',
    out,
  ])
  const [image] = await openImages(await readFile(join(folder, out, 'picture.mask.png')))
  assert.deepEqual(Array.from((await image.decode()).data), Array.from(mask))
  const { runtime, devices } = JSON.parse(runIn(folder, command, [...args, program, 'doctor', '--json']))
  const kinds = devices.map(({ kind }: { kind: string }) => kind)
  assert.ok(kinds.includes('cpu'))
  return `${runtime}, ${kinds.join(' and ')}`
}
