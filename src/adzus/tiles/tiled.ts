/** @file What a caller gets of a picture that was segmented by tiles. */
import type { Scores } from '../../foreground/auto.ts'
import type { Region } from '../../image/part-of.ts'
import type { RgbRaster } from '../../image/raster.ts'
import { joinRuns, RunMeasures } from '../../pixels/run-parts.ts'
import type { RunPlane } from '../../pixels/run-plane.ts'
import type { Parameters } from '../options.ts'
import type { Timings } from '../stages.ts'
import type { TileParameters } from './options.ts'

/** One of the objects, in pixels at full resolution. */
export interface TiledObject {
  /** Its number in the rows of labels, from 1 on. */
  id: number
  /** In pixels at full resolution. */
  area: number
  /** Bounding box [x, y, width, height]. */
  bbox: [number, number, number, number]
  /** Mean position [x, y] of its pixels, from the centre of the picture's top left one. */
  centroid: [number, number]
}

/** The options that decide the result. */
export interface TiledParameters extends Parameters {
  tiles: TileParameters
}

/** What is measured and said beside the rows. */
export interface TiledFacts {
  region: Region
  scale: readonly [x: number, y: number]
  parameters: TiledParameters
  tiles: { count: number; blank: number }
  many: boolean
  overview: RgbRaster
  scores?: Scores
  notes: string[]
  timings: Timings
  peakBytes: number
}

/**
 * The mask and the objects of a picture that was segmented by tiles. Nothing of it is as large as
 * the picture: rows are made when they are asked for.
 */
export class TiledSegmentation implements TiledFacts {
  /** Size of the region as it was looked at, and of the mask. */
  readonly width: number
  readonly height: number
  /** The part of the picture, in pixels at full resolution. */
  readonly region: Region
  /** Pixels at full resolution that one of the mask's covers. */
  readonly scale: readonly [x: number, y: number]
  readonly parameters: TiledParameters
  /** How many tiles there were, and how many of them showed nothing. */
  readonly tiles: { count: number; blank: number }
  /** Whether the picture was taken to show many objects; else objects are the mask's parts. */
  readonly many: boolean
  /** Every object: in order of their first pixels, row by row. */
  readonly objects: { count: number; list: TiledObject[] }
  /** The region in small, as RGB. */
  readonly overview: RgbRaster
  /** How the mask of the overview was chosen. */
  readonly scores?: Scores
  readonly notes: string[]
  readonly timings: Timings
  readonly peakBytes: number
  /** The share of the region that is foreground, 0 to 1. */
  readonly foregroundShare: number
  readonly #plane: RunPlane
  /** For every label of the plane its object's number; 0 where that is left out. */
  readonly #numbers: Uint32Array

  /** @internal */
  constructor(plane: RunPlane, objects: Numbered, facts: TiledFacts) {
    this.width = plane.width
    this.height = plane.height
    this.region = facts.region
    this.scale = facts.scale
    this.parameters = facts.parameters
    this.tiles = facts.tiles
    this.many = facts.many
    this.overview = facts.overview
    this.scores = facts.scores
    this.notes = facts.notes
    this.timings = facts.timings
    this.peakBytes = facts.peakBytes
    this.objects = { count: objects.list.length, list: objects.list }
    this.foregroundShare = plane.area() / (plane.width * plane.height)
    this.#plane = plane
    this.#numbers = objects.numbers
  }

  /**
   * A row of the mask: 255 in the foreground, else 0.
   * @param y from 0 to height − 1
   * @param out of `width` numbers, to be used again; made where it is left out
   * @example
   * const inside = result.maskRow(100).filter((value) => value === 255).length
   */
  maskRow(y: number, out?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    return this.#plane.maskRow(y, out)
  }

  /**
   * A row of objects: each pixel's number, 0 outside. Objects below `minSize`, which are left out,
   * are outside.
   * @param y from 0 to height − 1
   * @param out of `width` numbers, to be used again; made where it is left out
   * @example
   * const numbers = new Set(result.objectRow(100))
   */
  objectRow(y: number, out?: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
    return this.#plane.row(y, this.#numbers, out)
  }

  /**
   * The pixels of one object within its box, of those that rows have: 1 inside, 0 outside.
   * @param id its number
   * @param most more pixels are not made: of a larger box every second, third … pixel is taken
   * @returns where the box lies in rows, its size in these pixels, and how many pixels of rows one
   *   of them stands for along each axis
   */
  objectMask(id: number, most = 2 ** 26): { x: number; y: number; step: number; width: number; height: number; data: Uint8Array } {
    const { bbox } = this.objects.list[id - 1]
    const [sx, sy] = this.scale
    const at = [(bbox[0] - this.region.x) / sx, (bbox[1] - this.region.y) / sy, bbox[2] / sx, bbox[3] / sy]
    const [x, y, wide, high] = at.map(Math.round)
    const step = Math.max(1, Math.ceil(Math.sqrt((wide * high) / most)))
    const [width, height] = [Math.ceil(wide / step), Math.ceil(high / step)]
    const data = new Uint8Array(width * height)
    for (let row = 0; row < height; row++) {
      const runs = this.#plane.runs(y + row * step)
      for (let i = 0; i < runs.length; i += 3) {
        if (this.#numbers[runs[i + 2]] !== id) continue
        const [start, end] = [Math.ceil((runs[i] - x) / step), Math.ceil((runs[i + 1] - x) / step)]
        data.fill(1, row * width + start, row * width + end)
      }
    }
    return { x, y, step, width, height, data }
  }

  /** The mask at the overview's size: 255 in the foreground, else 0. */
  overviewMask(): Uint8Array<ArrayBuffer> {
    const { width, height } = this.overview
    const out = new Uint8Array(width * height)
    const row = new Uint8Array(this.width)
    for (let y = 0; y < height; y++) {
      this.maskRow(Math.floor(((y + 0.5) * this.height) / height), row)
      for (let x = 0; x < width; x++) out[y * width + x] = row[Math.floor(((x + 0.5) * this.width) / width)]
    }
    return out
  }
}

/** Objects, and which label of a plane is which. */
export interface Numbered {
  numbers: Uint32Array
  list: TiledObject[]
}

/** Which objects stay. */
export interface Kept {
  minSize: number
  excludeBorder: boolean
}

/**
 * The parts of a mask as objects. Labels of the plane become those of all parts.
 * @param where where the plane lies in the picture
 */
export function partsAsObjects(plane: RunPlane, kept: Kept, where: Pick<TiledFacts, 'region' | 'scale'>): Numbered {
  return numbered(plane, joinRuns(plane), kept, where)
}

/** Objects by their labels 1 … count; what is left out of them is left out of the plane as well. */
export function labelsAsObjects(plane: RunPlane, count: number, kept: Kept, where: Pick<TiledFacts, 'region' | 'scale'>): Numbered {
  const { numbers, list } = numbered(plane, count, kept, where)
  plane.relabel((label) => numbers[label])
  return { numbers: Uint32Array.from({ length: list.length + 1 }, (_, i) => i), list }
}

function numbered(
  plane: RunPlane,
  count: number,
  { minSize, excludeBorder }: Kept,
  { region, scale: [sx, sy] }: Pick<TiledFacts, 'region' | 'scale'>,
): Numbered {
  const measures = new RunMeasures(plane, count)
  const stays = (label: number) => {
    const { x, y, width, height } = measures.box(label)
    const cut = x === 0 || y === 0 || x + width === plane.width || y + height === plane.height
    return measures.areas[label] >= Math.max(1, minSize) && !(excludeBorder && cut)
  }
  const numbers = new Uint32Array(count + 1)
  const list: TiledObject[] = []
  for (let y = 0; y < plane.height; y++) {
    const runs = plane.runs(y)
    for (let i = 2; i < runs.length; i += 3) {
      const label = runs[i]
      if (numbers[label] !== 0 || !stays(label)) continue
      numbers[label] = list.length + 1
      const box = measures.box(label)
      const [cx, cy] = measures.centroid(label)
      list.push({
        id: list.length + 1,
        area: measures.areas[label] * sx * sy,
        bbox: [region.x + box.x * sx, region.y + box.y * sy, box.width * sx, box.height * sy],
        centroid: [region.x + (cx + 0.5) * sx - 0.5, region.y + (cy + 0.5) * sy - 0.5],
      })
    }
  }
  return { numbers, list }
}
