/**
 * @file `pictures`: decoding pictures of 100 megapixels and resizing them to what a network takes, against Pillow. Processor time, since ours unpacks PNG in a thread of its own;
 * by turns, and the results are compared.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { packageRoot } from '#platform'
import { decodeImage } from '../../src/image/decode.ts'
import { resize } from '../../src/image/resize.ts'
import { byTurns, showSpread, table } from '../measure.ts'
import { installPython } from './install.ts'
import type { Options } from './options.ts'

const PICTURE = join(packageRoot(), 'data/bccd/images/BloodImage_00163.jpg')
const SCRIPT = join(packageRoot(), 'bench/peers/python/pictures.py')
const SIDE = 10_000
const SIZE = 256

export async function benchPictures({ runs, scratch }: Options): Promise<void> {
  const python = installPython()
  const ask = (...args: string[]) => execFileSync(python, [SCRIPT, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const { version, files } = JSON.parse(ask('make', PICTURE, `${SIDE}`, scratch)) as { version: string; files: Record<string, string> }
  const raw = join(scratch, 'resized.raw')
  const rows: string[][] = []
  for (const [title, name] of Object.entries(files)) {
    const path = join(scratch, name)
    let ours: Uint8Array = new Uint8Array()
    const { a, b, ratio } = await byTurns(
      runs,
      () =>
        processorTime(async () => {
          ours = resize(await decodeImage(readFileSync(path)), SIZE, SIZE).data
        }),
      async () => Number(ask('time', path, `${SIZE}`, raw)),
    )
    const theirs = readFileSync(raw)
    const farthest = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i])), 0)
    rows.push([title, showSpread(ratio, 2), showSpread(a, 0), showSpread(b, 0), `${farthest}`])
  }
  console.log(`\n### Pillow ${version}: pictures of ${SIDE} × ${SIDE} pixels to ${SIZE} × ${SIZE}, processor time`)
  table(['file', 'peer ÷ ours', 'ours, ms', 'peer, ms', 'largest difference of a sample'], rows)
}

/** Milliseconds of processor time of all threads. */
async function processorTime(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
