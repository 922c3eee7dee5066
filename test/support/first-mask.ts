/**
 * @file One picture through the packed package in several runtimes: what each must find is what
 * this Node finds in the sources.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Adzus, openImages, type Segmentation } from '../../src/index.ts'
import { install, pack, runIn, write } from './packed.ts'

const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'
const SIZE = 128

/** For Node, Deno and Bun: prints the backend and the hash of the labels. */
const PROGRAM = `import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Adzus } from 'adzus'
const adzus = await Adzus.load(undefined, { backend: 'cpu' })
const { labels } = await adzus.segment(await readFile('picture.jpg'), { size: ${SIZE} })
await adzus.dispose()
console.log(JSON.stringify([adzus.backend.description, createHash('sha256').update(labels).digest('hex')]))
`

/** For pages, whose server has the picture. */
export const PAGE = `import { Adzus } from 'adzus'
const adzus = await Adzus.load(undefined, { backend: 'cpu' })
const { labels } = await adzus.segment(new URL('/picture.jpg', location.href), { size: ${SIZE} })
globalThis.done = { labels: Array.from(labels), description: adzus.backend.description }
`

/** How a program is run: what comes before its path. */
export type Runtime = readonly [command: string, ...args: string[]]

export async function picture(): Promise<Uint8Array> {
  return readFile(PICTURE)
}

/** What this Node finds. */
export async function expected(): Promise<Segmentation> {
  const adzus = await Adzus.load(undefined, { backend: 'cpu' })
  const result = await adzus.segment(await picture(), { size: SIZE })
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
  runIn(folder, command, [...args, program, 'segment', 'picture.jpg', '--size', `${SIZE}`, '--backend', 'cpu', '--quiet', '-o', out])
  const [image] = await openImages(await readFile(join(folder, out, 'picture.mask.png')))
  assert.deepEqual(Array.from((await image.decode()).data), Array.from(mask))
  const { runtime, devices } = JSON.parse(runIn(folder, command, [...args, program, 'doctor', '--json']))
  const kinds = devices.map(({ kind }: { kind: string }) => kind)
  assert.ok(kinds.includes('cpu'))
  return `${runtime}, ${kinds.join(' and ')}`
}
