/** @file What can be chosen about tiles. */
import { isBoolean, isRecord, isWhole, must } from '../../arguments.ts'
import type { Region } from '../../image/part-of.ts'
import type { ForegroundRule } from '../foreground.ts'
import type { Parameters, SegmentOptions } from '../options.ts'

/** How a picture is segmented by tiles. */
export interface TileOptions extends SegmentOptions {
  /**
   * Side of a tile in pixels of the size that is looked at, 64 to 8192 (default: 512). What the
   * network tells apart in it has a 32nd of that side with the embedded model.
   */
  tile?: number
  /** Pixels that neighbouring tiles share at least, 0 to half a tile (default: an eighth). */
  overlap?: number
  /** The part that is segmented, in pixels at full resolution (default: all of it). */
  region?: Region
  /** Micrometres a pixel at which it is looked at (default: as fine as the file). */
  mpp?: number
  /** Leave out tiles in which the picture in small shows nothing, such as glass (default: true). */
  skipBlank?: boolean
}

/** What decides the tiles of a result. */
export interface TileParameters {
  tile: number
  overlap: number
  region: Region | null
  mpp: number | null
  skipBlank: boolean
}

const DEFAULT_TILE = 512
const LEAST_TILE = 64
const MOST_TILE = 8192
const MOST_SIDE = 2 ** 31

/**
 * Takes the options of tiles out of others.
 * @throws AdzusError for what is out of range
 */
export function resolveTiles(options: TileOptions): { tiles: TileParameters; others: SegmentOptions } {
  const { tile = DEFAULT_TILE, overlap, region, mpp, skipBlank = true, ...others } = options
  must('tile', isWhole(tile, LEAST_TILE, MOST_TILE), `a whole number of pixels from ${LEAST_TILE} to ${MOST_TILE}`, tile)
  const shared = overlap ?? tile >> 3
  must('overlap', isWhole(shared, 0, tile >> 1), `a whole number of pixels from 0 to half a tile (${tile >> 1})`, overlap)
  must('region', region === undefined || isRegion(region), 'whole pixels { x, y, width, height }, from 0 and from 1 on', region)
  must('mpp', mpp === undefined || (Number.isFinite(mpp) && mpp > 0), 'micrometres a pixel, above 0', mpp)
  must('skipBlank', isBoolean(skipBlank), 'true or false', skipBlank)
  return {
    tiles: { tile, overlap: shared, region: region ? { ...region } : null, mpp: mpp ?? null, skipBlank },
    others,
  }
}

function isRegion(value: unknown): value is Region {
  if (!isRecord(value)) return false
  const { x, y, width, height } = value
  return [x, y].every((n) => isWhole(n, 0, MOST_SIDE)) && [width, height].every((n) => isWhole(n, 1, MOST_SIDE))
}

/** Refuses what needs the whole picture at once. */
export function checkTiled({ foreground }: Pick<Parameters, 'foreground'>): void {
  const named: ForegroundRule = foreground
  must('foreground', named === 'auto', "'auto', by tiles", named, 'Other rules want the whole picture at once: segment a region of it.')
}
