/** @file Images by tiles: what options ask for, which images go that way, and how one is read. */
import { stat } from 'node:fs/promises'
import { openFile, sha256 } from '#platform'
import { type Adzus, openImages, type SegmentOptions, type TiledSegmentation, type TileOptions } from '../../index.ts'
import type { Digest, Output } from '../../output/output.ts'
import { outputs } from '../../output/registry.ts'
import { numbers, type Option, type Parsed, UsageError, whole } from '../arguments.ts'

/** What may be chosen about tiles. */
export type TileChoices = Pick<TileOptions, 'tile' | 'overlap' | 'region' | 'mpp'>

/** A smaller file is looked at as a whole, unless tiles are asked for. */
const LARGE_FILE = 2 ** 22
/** What is decoded as a whole has at most so many pixels. */
const MOST_WHOLE = 2 ** 28

export const TILE_OPTIONS: Record<keyof TileChoices, Option> = {
  tile: {
    value: 'N',
    help: 'segment by tiles of N pixels a side, 64 to 8192 (default: only files with levels or too large to be decoded whole; then 512)',
  },
  overlap: { value: 'M', help: 'pixels that neighbouring tiles share at least, up to half a tile (default: an eighth of a tile)' },
  region: { value: 'X,Y,W,H', help: 'only this part, in pixels at full resolution, by tiles (default: all)' },
  mpp: { value: 'UM', help: 'look at it at so many micrometres a pixel, by tiles (default: as fine as the file)' },
}

/** What options say about tiles; nothing where none of them does. */
export function tilesOf({ values, switches }: Pick<Parsed, 'values' | 'switches'>): TileChoices | undefined {
  const named = Object.keys(TILE_OPTIONS).filter((name) => values[name] !== undefined)
  if (named.length === 0) return undefined
  const wrong = (where: string, expected: string, got: string) => new UsageError({ what: 'segment', where, expected, got })
  const other = (['attention', 'page'] as const).find((name) => values[name] !== undefined) ?? (switches.explain && 'explain')
  if (other) throw wrong(`--${named[0]}`, 'no tiles with it', `--${other}`)
  if (values.foreground !== undefined && values.foreground !== 'auto')
    throw wrong('--foreground', `auto, with --${named[0]}: other rules want the whole image at once`, values.foreground)
  const saved = (values.save ?? '').split(',').map((name) => name.trim())
  const unmade = outputs.find((output) => saved.includes(output.name) && !isMadeByTiles(output))
  if (unmade) throw wrong('--save', `what can be made by tiles, with --${named[0]}`, unmade.name)
  const list = values.region === undefined ? undefined : numbers('segment', 'region', values.region)
  if (list && list.length !== 4) throw wrong('--region', 'X,Y,WIDTH,HEIGHT in pixels', values.region!)
  const mpp = values.mpp === undefined ? undefined : numbers('segment', 'mpp', values.mpp)
  if (mpp && !(mpp.length === 1 && mpp[0] > 0)) throw wrong('--mpp', 'micrometres a pixel, above 0', values.mpp!)
  const tile = values.tile === undefined ? undefined : whole('segment', 'tile', values.tile, 64, 8192)
  return {
    ...(tile !== undefined && { tile }),
    ...(values.overlap !== undefined && { overlap: whole('segment', 'overlap', values.overlap, 0, (tile ?? 512) >> 1) }),
    ...(list && { region: { x: list[0], y: list[1], width: list[2], height: list[3] } }),
    ...(mpp && { mpp: mpp[0] }),
  }
}

function isMadeByTiles(output: Output): boolean {
  return output.per === 'record' || (output.per === 'image' && output.encodeTiles !== undefined)
}

/** Whether a file's first image is one for tiles: with levels, or too large to be decoded whole. */
export async function isForTiles(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined)
  if (!info?.isFile() || info.size < LARGE_FILE) return false
  // What is wrong with it is said where it is read.
  const source = await openFile(path).catch(() => undefined)
  try {
    const [image] = source ? await openImages(source, path).catch(() => []) : []
    if (!image?.decodePart) return false
    return (image.levels?.length ?? 0) > 0 || image.width * image.height > MOST_WHOLE
  } finally {
    await source?.close?.()
  }
}

/** Segments the first image of a file, which is read by range. */
export async function segmentFile(
  adzus: Adzus,
  path: string,
  options: SegmentOptions & TileChoices,
): Promise<{ result: TiledSegmentation; digest: Digest }> {
  const source = await openFile(path)
  try {
    const [image] = await openImages(source, options.name)
    const result = await adzus.segmentTiles(image, options)
    return { result, digest: { bytes: source.size, sha256: await sha256(source) } }
  } finally {
    await source.close?.()
  }
}

/** What tells whether a file is the one that results were made of. */
export async function digestOfFile(path: string): Promise<Digest> {
  const source = await openFile(path)
  try {
    return { bytes: source.size, sha256: await sha256(source) }
  } finally {
    await source.close?.()
  }
}
