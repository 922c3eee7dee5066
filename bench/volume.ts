/**
 * @file `volume`: a made CT of 512 × 512 × 300 voxels, which exists a slice at a time, from slices to NIfTI and DICOM-SEG: time, and memory of the process. Only every Nth slice
 * (--every) goes through the network; the rest of the time is measured for all.
 */
import process from 'node:process'
import { Adzus, type Backend, dicomSeg, niftiLabels, niftiMask, type Volume } from '../src/index.ts'
import { memorySize } from '../src/messages.ts'
import { uniform } from '../src/random.ts'
import { dicomHeaders, seriesAffine } from '../test/support/volumes.ts'
import { digits, machine, table } from './measure.ts'

const SIZE = [512, 512, 300] as const
const SPACING = [0.8, 0.8, 1] as const
/** Body, liver, two kidneys and spine: centre and radii as shares of the size, and Hounsfield units. */
const ORGANS = [
  [0.5, 0.5, 0.5, 0.42, 0.32, 2, 20],
  [0.36, 0.46, 0.55, 0.2, 0.2, 0.35, 110],
  [0.32, 0.66, 0.4, 0.06, 0.07, 0.2, 180],
  [0.68, 0.66, 0.42, 0.06, 0.07, 0.2, 180],
  [0.5, 0.74, 0.5, 0.06, 0.06, 2, 700],
] as const

function madeCt(): Volume {
  const [width, height, depth] = SIZE
  const headers = dicomHeaders(SIZE, { spacing: SPACING })
  return {
    size: SIZE,
    spacing: SPACING,
    affine: seriesAffine({ spacing: SPACING }),
    type: 'int16',
    notes: [],
    origin: { format: 'dicom', headers },
    async slice(_, k) {
      const data = new Int16Array(width * height)
      const noise = uniform(k)
      for (let j = 0, p = 0; j < height; j++)
        for (let i = 0; i < width; i++, p++) {
          let value = -1000
          for (const [x, y, z, a, b, c, own] of ORGANS)
            if (((i / width - x) / a) ** 2 + ((j / height - y) / b) ** 2 + ((k / depth - z) / c) ** 2 <= 1) value = own
          data[p] = value + 24 * noise() - 12
        }
      return { width, height, channels: 1, data, notes: [], spacing: { x: SPACING[0], y: SPACING[1], unit: 'mm' } }
    },
  }
}

export async function benchVolume(backends: readonly Backend[], { every, size }: { every: number; size?: number }): Promise<void> {
  const volume = madeCt()
  for (const backend of backends) {
    const adzus = await Adzus.load(undefined, { backend })
    const rows: string[][] = []
    const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const start = performance.now()
      const result = await work()
      rows.push([name, digits((performance.now() - start) / 1000), memorySize(process.resourceUsage().maxRSS * 1024)])
      return result
    }
    const options = { every, size, window: [-160, 240] as const, onProgress: progressOf(SIZE[2]) }
    const result = await step('segment', () => adzus.segmentVolume(volume, options))
    const { join, total } = result.timings
    await step('nifti', async () => {
      const [labels, mask] = [await niftiLabels(result, '0'), await niftiMask(result, '0')]
      rows.push(['of which compressed', '', `${memorySize(labels.length + mask.length)} of files`])
    })
    const seg = await step('dicom-seg', () => dicomSeg(result, 'ct', '0'))
    rows.push(['of which', '', `${memorySize(seg.length)} of file`])
    const seen = result.slices.segmented.length
    console.log(
      `\n### ${SIZE.join(' × ')} voxels, every ${every}th slice at ${result.parameters.size.join(' × ')} on ${backend.description}\n\n${machine()}; ` +
        `${seen} of ${SIZE[2]} slices seen, ${digits((total - join) / seen / 1000)} s each; joining and filling ${digits(join / 1000)} s; ${result.segments.length} segments\n`,
    )
    table(['step', 'seconds', 'peak of the process so far'], rows)
    await adzus.dispose()
  }
}

function progressOf(count: number) {
  let last = -1
  return (_: string, slice: number) => {
    if (slice !== last && process.stderr.isTTY) process.stderr.write(`\rslice ${slice + 1} of ${count}`)
    last = slice
  }
}
