/** @file The scratch memory of a convolution by Winograd: blocks of a task, and where they lie. */
import { PANEL_BYTES, POINTS, SIDE, TAPS, TILE } from './transforms.ts'

/** Tiles, filters and channels of a block, at most. */
export const MAX_TILES = 64
export const MAX_FILTERS = 128
export const MAX_BLOCK = 64

/**
 * Bytes between the filters at one point and at the next. Without them the distance is a power of
 * two for the usual sizes, and the 36 places to which a filter's values go share a few lines of the
 * caches.
 */
export const GAP = 64
/** Filters at all points, [36][filter/8][channel][8], with a gap behind each point. */
export const FILTERS = 0
/** Tiles at all points, [36][tile/4][channel][4]. */
export const TILES = FILTERS + POINTS * (4 * MAX_BLOCK * MAX_FILTERS + GAP)
/** Their products, [36][tile][filter]. */
export const SUMS = TILES + 4 * POINTS * MAX_TILES * MAX_BLOCK
/** Eight filters before they are transformed, [9][channel][8]. */
export const RAW = SUMS + 4 * POINTS * MAX_TILES * MAX_FILTERS
/** A tile whose columns are transformed, [6][6][channel]. */
export const COLUMNS = RAW + TAPS * TAPS * MAX_BLOCK * PANEL_BYTES
/** Four tiles at all points, [4][36][channel]. */
export const POINTS_OF_4 = COLUMNS + 4 * POINTS * MAX_BLOCK
/** While tiles are transformed back: 4×6 rows of numbers, in the place of `COLUMNS`. */
export const BACK = COLUMNS
/** Where pixels outside the picture go. */
export const DROPPED = BACK + 4 * TILE * SIDE * MAX_FILTERS
/** Zeros for pixels outside, and for what an epilogue does not add. */
export const ZEROS = POINTS_OF_4 + 4 * 4 * POINTS * MAX_BLOCK
export const ZEROS_BYTES = 4 * Math.max(MAX_BLOCK, MAX_FILTERS)
