/**
 * @file `slide --side 20000 --tile 512 --size N --every N`: a made slide by tiles, its mask and its many objects: time and the most memory of the process. Tiles are made when they
 * are read, as a file's would be. On every Nth tile only there is tissue; the others are glass, which is left out, so that a short run shows what all take.
 */
import process from 'node:process'
import { Adzus, type Backend, encodePngRows, type Part, type StoredImage } from '../src/index.ts'
import { memorySize } from '../src/messages.ts'
import { digits, machine, table } from './measure.ts'

export interface SlideOptions {
  side: number
  tile: number
  /** Pixels a side that the networks see; the model's own by default. */
  size?: number
  every: number
}

/** Nuclei stand in rows and columns so many pixels apart. */
const APART = 40
const NUCLEUS = 9
const COLOURS = { glass: [240, 238, 241], tissue: [225, 180, 205], nucleus: [95, 50, 125] } as const

export async function benchSlide(backends: readonly Backend[], { side, tile, size, every }: SlideOptions): Promise<void> {
  for (const backend of backends) {
    const adzus = await Adzus.load(undefined, { backend })
    const slide = made(side, tile, every)
    console.log(
      `\n### A slide of ${side} × ${side} pixels on ${backend.description}\n\n${machine()}; tiles of ${tile} pixels, one in ${every} with tissue`,
    )
    const rows: string[][] = []
    for (const objects of ['none', 'many'] as const) {
      const start = performance.now()
      const result = await adzus.segmentTiles(slide, { tile, size, objects })
      const seconds = (performance.now() - start) / 1000
      const saving = performance.now()
      const row = new Uint8Array(result.width)
      const png = await encodePngRows(result.width, result.height, (y) => result.maskRow(y, row))
      const { count, blank } = result.tiles
      const looked = count - blank
      rows.push([
        objects === 'none' ? 'mask' : 'objects',
        `${looked} of ${count}`,
        `${result.objects.count}`,
        digits(seconds),
        digits((1000 * seconds) / Math.max(1, looked)),
        digits((performance.now() - saving) / 1000),
        memorySize(png.length),
        memorySize(process.resourceUsage().maxRSS * 1024),
      ])
    }
    table(['what', 'tiles looked at', 'objects', 'seconds', 'ms a tile', 'mask as PNG, s', 'its bytes', 'peak of the process'], rows)
    await adzus.dispose()
  }
}

/** The slide, with levels of a fourth and a sixteenth. */
function made(side: number, tile: number, every: number): StoredImage {
  const level = (step: number): StoredImage => {
    const size = { width: Math.floor(side / step), height: Math.floor(side / step) }
    const decodePart = async ({ region = { x: 0, y: 0, ...size } }: Part) => ({
      width: region.width,
      height: region.height,
      channels: 3,
      data: painted(region, step, tile, every),
      notes: [],
    })
    return { ...size, facts: { type: 'uint8' }, decodePart, decode: () => decodePart({}) }
  }
  return { ...level(1), levels: [level(4), level(16)] }
}

function painted({ x, y, width, height }: NonNullable<Part['region']>, step: number, tile: number, every: number): Uint8Array {
  const data = new Uint8Array(3 * width * height)
  for (let v = 0, i = 0; v < height; v++)
    for (let u = 0; u < width; u++, i += 3) {
      const [px, py] = [(x + u) * step, (y + v) * step]
      const place = Math.floor(py / tile) * 7 + Math.floor(px / tile)
      const isNucleus = ((px % APART) - APART / 2) ** 2 + ((py % APART) - APART / 2) ** 2 <= NUCLEUS ** 2
      data.set(place % every !== 0 ? COLOURS.glass : isNucleus ? COLOURS.nucleus : COLOURS.tissue, i)
    }
  return data
}
