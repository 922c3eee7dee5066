/**
 * @file `npm run bench -- quality [--data FOLDER] [--sets NAME,NAME] [--size N] [--threshold D] [--refine] [--limit N] [--backend auto|cpu|webgpu] [--model FOLDER]`: how good
 * the masks are, as a Markdown table of mean Dice and IoU, a line for each set.
 *
 * A set is FOLDER/SET/images with FOLDER/SET/masks beside it (same stems, PNG, above 127 is inside). Masks are compared at the picture's own size; a picture whose
 * mask and result are both empty has no Dice and is left out of the mean, as nnU-Net does. *auto* and *center* see the picture alone, and so does *Otsu*, the baseline
 * (Otsu's threshold on grey, the side with less of the border is foreground). *Oracle* takes every segment that lies mostly inside the mask: it uses the answer, and
 * bounds what choosing whole segments can reach.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join, parse } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { chooseForeground, maskOf } from '../src/adzus/foreground.ts'
import {
  Adzus,
  AdzusError,
  type BackendKind,
  decodeImage,
  type Overlap,
  oracle,
  overlap,
  type RgbRaster,
  type SegmentOptions,
} from '../src/index.ts'
import { otsu } from '../src/pixels/otsu.ts'
import { packageRoot } from '../src/platform/directory.ts'
import { machine, table } from './measure.ts'

const USAGE =
  'usage: npm run bench -- quality [--data FOLDER] [--sets NAME,NAME] [--size N] [--threshold D] [--refine] [--limit N] [--backend auto|cpu|webgpu] [--model FOLDER]'
const METHODS = ['auto', 'center', 'Otsu', 'oracle'] as const

interface Picture {
  image: string
  mask: string
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: join(packageRoot(), 'data') },
      sets: { type: 'string' },
      size: { type: 'string' },
      threshold: { type: 'string' },
      refine: { type: 'boolean', default: false },
      limit: { type: 'string', default: 'Infinity' },
      backend: { type: 'string', default: 'cpu' },
      model: { type: 'string' },
    },
  })
  const [size, threshold, limit] = [values.size, values.threshold, values.limit].map((v) => (v === undefined ? undefined : Number(v)))
  if ([size, threshold, limit].some((v) => v !== undefined && !(v > 0)) || !['auto', 'cpu', 'webgpu'].includes(values.backend)) {
    console.error(USAGE)
    return 2
  }
  const options: SegmentOptions = {
    size,
    refine: values.refine,
    thresholds: threshold === undefined ? undefined : [threshold, threshold, threshold],
  }
  const sets = values.sets?.split(',') ?? (await folders(values.data))
  const adzus = await Adzus.load(values.model, { backend: values.backend as BackendKind })
  const rows: string[][] = []
  for (const set of sets) {
    const pictures = (await picturesWithMasks(join(values.data, set))).slice(0, limit)
    if (pictures.length > 0) rows.push([set, ...(await measureSet(adzus, pictures, options))])
    else if (values.sets) throw new AdzusError({ what: 'quality', where: set, expected: 'pictures with masks', got: 'none' })
  }
  const { size: side, method, timesteps } = adzus.parameters(options)
  console.log(
    `\n### Quality: Dice (IoU)\n\n${machine()}; ${adzus.backend.description}; network size ${side.join(' × ')}, time steps ${timesteps}, thresholds ${method.thresholds}`,
  )
  table(['set', 'pictures', 'segments', 'auto', 'center', 'Otsu on grey', 'oracle (uses the mask: upper bound of whole segments)'], rows)
  await adzus.dispose()
  return 0
}

async function measureSet(adzus: Adzus, pictures: readonly Picture[], options: SegmentOptions): Promise<string[]> {
  const results = new Map(METHODS.map((method) => [method, [] as Overlap[]]))
  let segments = 0
  for (const { image, mask } of pictures) {
    const result = await adzus.segment(await readFile(image), { ...options, name: image })
    const reference = await readMask(mask, result)
    segments += result.segments.length
    results.get('auto')!.push(overlap(result.mask, reference))
    results.get('center')!.push(overlap(maskOf(result.labels, chooseForeground('center', result)), reference))
    results.get('Otsu')!.push(overlap(greyMask(result.image), reference))
    results.get('oracle')!.push(overlap(oracle(result.labels, result.segments.length, reference), reference))
  }
  const cells = METHODS.map((m) => `${mean(results.get(m)!.map((o) => o.dice))} (${mean(results.get(m)!.map((o) => o.iou))})`)
  return [`${pictures.length}`, (segments / pictures.length).toFixed(1), ...cells]
}

/** Otsu's threshold on grey; the side with the smaller share of the border's pixels is foreground. */
function greyMask({ width, height, data }: RgbRaster): Uint8Array {
  const grey = Uint8Array.from({ length: width * height }, (_, i) => Math.round((data[3 * i] + data[3 * i + 1] + data[3 * i + 2]) / 3))
  const histogram = new Float64Array(256)
  for (const v of grey) histogram[v]++
  const cut = otsu(
    histogram.map((_, v) => v),
    histogram,
  )
  let [bright, border] = [0, 0]
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++)
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) {
        border++
        if (grey[i] > cut) bright++
      }
  const brightIsInside = 2 * bright < border
  return grey.map((v) => (v > cut === brightIsInside ? 255 : 0))
}

async function readMask(path: string, { width, height }: { width: number; height: number }): Promise<Uint8Array> {
  const mask = await decodeImage(await readFile(path), path)
  if (mask.width !== width || mask.height !== height)
    throw new AdzusError({ what: 'mask', where: path, expected: `${width} × ${height} pixels`, got: `${mask.width} × ${mask.height}` })
  return Uint8Array.from({ length: width * height }, (_, i) => (mask.data[3 * i] > 127 ? 255 : 0))
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: Error) => {
    throw new AdzusError({ what: 'quality', where: path, expected: 'a folder of sets', got: error.message })
  })
  return entries
    .filter((e) => e.isDirectory())
    .map((e) => e.name)
    .sort()
}

/** The pictures of a set that have a mask; none where there is no folder of masks. */
async function picturesWithMasks(set: string): Promise<Picture[]> {
  const list = (path: string) => readdir(path).catch(() => [] as string[])
  const masks = new Set((await list(join(set, 'masks'))).map((name) => parse(name).name))
  const images = (await list(join(set, 'images'))).filter((name) => masks.has(parse(name).name)).sort()
  return images.map((name) => ({ image: join(set, 'images', name), mask: join(set, 'masks', `${parse(name).name}.png`) }))
}

/** Without what is not a number. */
function mean(values: readonly number[]): string {
  const numbers = values.filter((v) => !Number.isNaN(v))
  return (numbers.reduce((a, b) => a + b, 0) / numbers.length).toFixed(3)
}

process.exitCode = await main().catch((error) => {
  const wrongCall = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')
  if (!wrongCall && !(error instanceof AdzusError)) throw error
  console.error(wrongCall ? `${error.message}\n${USAGE}` : error.message)
  return wrongCall ? 2 : 1
})
