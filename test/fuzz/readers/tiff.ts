/** @file The reader of TIFF: bytes damaged anywhere, and the entries of its directories. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '#platform'
import { tiff } from '../../../src/image/formats/tiff/index.ts'
import { bytesSource } from '../../../src/source.ts'
import type { Random } from '../../support/random.ts'
import { bytes, EDGES, type Mutation } from '../mutate.ts'
import { files, type Reader, refused } from './reader.ts'

const FOLDER = 'test/data/formats/tiff'
/** Images of a file that are decoded. */
const DECODED = 3
/** Numbers that some tags have, and others must not. */
const VALUES = [...EDGES, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 32, 64, 1000, 32773, 33003, 34712, 50000, 50001, 2 ** 20]

/** Half of the time an entry of a directory is changed; else any bytes. */
const mutate: Mutation = (input, random, other) => {
  if (random.chance(0.4)) return bytes(input, random, other)
  const out = input.slice()
  for (let changes = random.int(1, 4); changes > 0; changes--) changeEntry(out, random)
  return random.chance(0.2) ? bytes(out, random, other) : out
}

function changeEntry(file: Uint8Array, random: Random): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (file.length < 16) return
  const little = file[0] === 0x49
  const big = view.getUint16(2, little) === 43
  const [counter, size] = big ? [8, 20] : [2, 12]
  const start = big ? Number(view.getBigUint64(8, little)) : view.getUint32(4, little)
  if (start + counter > file.length) return
  const at = start + counter + random.int(0, view.getUint16(start, little)) * size
  const value = random.pick(VALUES)
  const [to, bytes] = random.pick([
    [0, 2],
    [2, 2],
    [4, 4],
    [size - (big ? 8 : 4), 2],
    [size - (big ? 8 : 4), 4],
  ] as const)
  if (at + to + bytes > file.length) return
  if (bytes === 2) view.setUint16(at + to, value & 0xffff, little)
  else view.setUint32(at + to, value >>> 0, little)
}

async function read(input: Uint8Array): Promise<unknown> {
  const source = bytesSource('a.tif', input)
  const images = await tiff.open(source, 'a.tif')
  for (const image of images.slice(0, DECODED)) {
    await image.decode().catch(refused)
    const region = { x: image.width >> 1, y: image.height >> 1, width: 1, height: 1 }
    await image.decodePart!({ region, channels: [0] }).catch(refused)
    for (const level of image.levels ?? []) await level.decode().catch(refused)
  }
  const volume = await tiff.openVolume!(source, 'a.tif')
  return volume?.slice(1, 0)
}

const seeds = async () => {
  const names = (await readdir(join(packageRoot(), FOLDER))).filter((name) => /\.(tif|svs)$/.test(name))
  return files(...names.sort().map((name) => `${FOLDER}/${name}`))
}

export const tiffs: Record<string, Reader> = { tiff: { seeds, mutate, read } }
