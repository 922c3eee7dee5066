/**
 * @file `flat --images N --batch N`: many small pictures through the embedded model, one by one and in batches: pictures a second, and whether the memory of process and device
 * stays where it is after the first ones. No two pictures in a row have the same size, so that whatever is kept by size would show.
 */
import process from 'node:process'
import { Adzus, type Backend, type Pixels } from '../src/index.ts'
import { memorySize } from '../src/messages.ts'
import { digits, machine, table } from './measure.ts'

/** Pixels a side that pictures are resized to for the network. */
const SIZE = 64
/** Rows of a table. */
const LOOKS = 10

export async function benchFlat(backends: readonly Backend[], { images, batch }: { images: number; batch: number }): Promise<void> {
  for (const backend of backends) {
    const adzus = await Adzus.load(undefined, { backend })
    console.log(`\n### ${images} pictures at ${SIZE} × ${SIZE} on ${backend.description}\n\n${machine()}`)
    for (const size of new Set([1, batch])) await run(adzus, images, size)
    await adzus.dispose()
  }
}

async function run(adzus: Adzus, images: number, batch: number): Promise<void> {
  const rows: string[][] = []
  const every = Math.max(1, Math.round(images / LOOKS))
  let [done, start] = [0, performance.now()]
  for await (const result of adzus.segmentAll(pictures(images), { size: SIZE, batch })) {
    if (result.status === 'rejected') throw result.reason
    if (++done % every !== 0 && done !== images) continue
    const seconds = (performance.now() - start) / 1000
    rows.push([`${done}`, digits((done % every || every) / seconds), ...memory(adzus.backend)])
    start = performance.now()
  }
  console.log(`\nBatches of ${batch}:`)
  table(['pictures', 'pictures/s', 'process', 'JS heap', 'array buffers', 'device, in use', 'tensors', 'device, held'], rows)
}

function memory({ memory: { live, held }, storages }: Backend): string[] {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  return [memorySize(rss), memorySize(heapUsed), memorySize(arrayBuffers), memorySize(live), `${storages.size}`, memorySize(held)]
}

/** Discs of changing size, colour and place. */
function* pictures(count: number): Generator<Pixels> {
  for (let i = 0; i < count; i++) {
    const [width, height] = [48 + ((37 * i) % 101), 48 + ((53 * i) % 89)]
    const [x0, y0, radius] = [width * (0.3 + ((7 * i) % 40) / 100), height * (0.3 + ((11 * i) % 40) / 100), width / (3 + (i % 5))]
    const data = new Uint8Array(3 * width * height)
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < 3; c++) data[at++] = Math.hypot(x - x0, y - y0) < radius ? (50 * c + i) % 256 : (200 - 30 * c + x + i) % 256
    yield { width, height, data }
  }
}
