/** @file What `Adzus` needs of tiles, loaded when they are asked for. */
export { resolveTiles } from './options.ts'
export { segmentTiles } from './segment-tiles.ts'
