/**
 * @file `fleet --pictures N --price P`: how long ten thousand pictures take on 1 … 1,000 tasks, by simulation (`fleet-model.ts`) from the times of loading and of a picture
 * that are measured first, with the embedded model and on this machine.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { Adzus, type Backend } from '../src/index.ts'
import { packageRoot } from '../src/platform/directory.ts'
import { bestChunk, type Fleet, simulate } from './fleet-model.ts'
import { digits, machine, milliseconds, spread, table } from './measure.ts'

const SLOTS = [1, 10, 100, 1000]
const CHUNKS = [1, 10, 100, 1000]
/** Assumptions about a cluster; the guide says them. */
const CLUSTER = { disk: 500e6, latency: 5, stragglers: 0.05, slowness: 2, kills: 0.05, requeue: 120, seed: 1 }
/** Bytes of the embedded weights. */
const WEIGHTS = 13e6

export async function benchFleet([backend]: readonly Backend[], { pictures, price }: { pictures: number; price: number }): Promise<void> {
  const measured = await measure(backend)
  const fleet = { ...CLUSTER, ...measured, pictures, weights: WEIGHTS }
  const { start, picture } = measured
  console.log(`\n### ${pictures} pictures on many tasks (simulated), from times on ${backend.description}\n\n${machine()}`)
  console.log(
    `Measured: a task’s start ${digits(start)} s (process and weights), a picture ${digits(picture)} s, spread ${digits(measured.spread)}.`,
  )
  const { latency, disk, stragglers, slowness, kills, requeue } = CLUSTER
  console.log(
    `Assumed: ${latency} s from the scheduler, ${disk / 1e6} MB/s of a shared disk, ${100 * stragglers} % of machines ${slowness} times slower, a task killed every ${1 / kills} hours and back after ${requeue} s, ${price} a machine and hour.\n`,
  )
  table(
    ['tasks at once', 'pictures a task', 'minutes', 'pictures an hour', 'useful', 'killed', 'cost'],
    SLOTS.flatMap((slots) => rows({ ...fleet, slots, chunk: 0 }, price)),
  )
  console.log('\nPictures a task of the row with * come from the formula of the guide. Cost is that of machines while they are held.')
}

/** Each size of tasks, and the one that is best on paper. */
function rows(fleet: Fleet, price: number): string[][] {
  const best = bestChunk(fleet)
  const most = Math.ceil(fleet.pictures / fleet.slots)
  const sizes = [...new Set([...CHUNKS.filter((chunk) => chunk <= most), best])].sort((a, b) => a - b)
  return sizes.map((chunk) => {
    const { duration, picturesAnHour, held, useful, killed } = simulate({ ...fleet, chunk })
    return [
      `${fleet.slots}`,
      `${chunk}${chunk === best ? ' *' : ''}`,
      digits(duration / 60),
      `${Math.round(picturesAnHour)}`,
      `${Math.round(100 * useful)} %`,
      `${killed}`,
      ((held / 3600) * price).toFixed(2),
    ]
  })
}

/** Seconds of a task's start and of a picture, with the spread of its logarithm. */
async function measure(backend: Backend): Promise<Pick<Fleet, 'start' | 'picture' | 'spread'>> {
  const folder = join(packageRoot(), 'data', 'bccd', 'images')
  const files = await Promise.all((await readdir(folder)).sort().map((name) => readFile(join(folder, name))))
  let adzus!: Adzus
  const load = await milliseconds(async () => {
    adzus = await Adzus.load(undefined, { backend })
  })
  try {
    await adzus.segment(files[0])
    const times: number[] = []
    for (const file of files) times.push((await milliseconds(() => adzus.segment(file))) / 1000)
    const logarithms = times.map(Math.log)
    const mean = logarithms.reduce((a, b) => a + b, 0) / times.length
    const deviation = Math.sqrt(logarithms.reduce((sum, x) => sum + (x - mean) ** 2, 0) / times.length)
    // What Node took before this program began counts as well.
    return { start: (load + performance.nodeTiming.bootstrapComplete) / 1000, picture: spread(times).median, spread: deviation }
  } finally {
    await adzus.dispose()
  }
}
