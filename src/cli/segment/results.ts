/**
 * @file The files of one segmented image: `NAME.labels.png`, `NAME.mask.png`, `NAME.overlay.png`, and last `NAME.json`, whose presence says that all are there.
 */
import { createHash } from 'node:crypto'
import { basename, dirname, relative } from 'node:path'
import process from 'node:process'
import { readRegular } from '#platform'
import { AdzusError } from '../../errors.ts'
import type { Parameters, Segmentation } from '../../index.ts'
import { encodePng, MOST_COLOURS, overlay, segmentPalette } from '../../index.ts'
import { remove, writeTogether } from '../files.ts'
import { MAX_JSON, refuseForeign, software } from '../origin.ts'

export const KINDS = ['labels', 'mask', 'overlay'] as const

/** What the results of a run have in common. */
export interface RunInfo {
  version: string
  model: { path: string; sha256: string }
  backend: string
  adapter: string
}

/** What tells whether a file still holds the same: its length, and the SHA-256 of its contents (hexadecimal). */
export interface Digest {
  bytes: number
  sha256: string
}

/** The file of an image. */
export interface InputFile extends Digest {
  path: string
}

export function inputFile(path: string, contents: Uint8Array): InputFile {
  return { path, ...digestOf(contents) }
}

function digestOf(contents: Uint8Array): Digest {
  return { bytes: contents.length, sha256: createHash('sha256').update(contents).digest('hex') }
}

/** Bytes (on Windows, characters) of the longest name of a file; some disks take less. */
const LONGEST = 255

/** Fails where a result could not be written for its name's length, which is known before the image is computed. */
export function checkLengths(base: string): void {
  for (const path of Object.values(resultPaths(base))) {
    const name = basename(path)
    const length = process.platform === 'win32' ? name.length : new TextEncoder().encode(name).length
    if (length > LONGEST)
      throw new AdzusError({
        what: 'write',
        where: path,
        expected: `a name of at most ${LONGEST} bytes`,
        got: `a name that is too long (${length})`,
        hint: 'Rename the image.',
      })
  }
}

/** Paths of the results of an image, `base` without suffix. */
export function resultPaths(base: string): Record<(typeof KINDS)[number] | 'json', string> {
  return { labels: `${base}.labels.png`, mask: `${base}.mask.png`, overlay: `${base}.overlay.png`, json: `${base}.json` }
}

/**
 * Whether all results are there as they were written, and were made of the same picture with these parameters and this
 * model. Results of versions that did not note what they wrote are not taken for done.
 */
export async function isDone(base: string, { bytes, sha256 }: InputFile, parameters: Parameters, info: RunInfo): Promise<boolean> {
  const paths = resultPaths(base)
  try {
    const written = JSON.parse((await readRegular(paths.json, MAX_JSON)).toString())
    const samePicture = isSame(written.inputFile, { bytes, sha256 })
    const sameCall = written.model?.sha256 === info.model.sha256 && JSON.stringify(written.parameters) === JSON.stringify(parameters)
    if (!samePicture || !sameCall) return false
    for (const kind of KINDS) {
      const digest = written.resultFiles[kind]
      if (!isSame(digest, digestOf(await readRegular(paths[kind], digest.bytes)))) return false
    }
    return true
  } catch {
    return false
  }
}

function isSame(noted: Partial<Digest> | undefined, { bytes, sha256 }: Digest): boolean {
  return noted?.bytes === bytes && noted.sha256 === sha256
}

/**
 * Writes all results of one image.
 * @throws AdzusError where that would take the place of something that is no result; what is there then stays as it is
 */
export async function writeResults(
  base: string,
  { path, bytes, sha256 }: InputFile,
  result: Segmentation,
  info: RunInfo,
  { overwrite = false } = {},
): Promise<void> {
  const { width, height, labels, mask, segments, image } = result
  const paths = resultPaths(base)
  const pictures = { labels, mask, overlay: overlay(image, labels, mask) }
  const encoded = await Promise.all(
    KINDS.map((kind) =>
      encodePng(width, height, pictures[kind], {
        software: software(info.version),
        palette: kind === 'labels' ? paletteOf(segments.length) : undefined,
      }),
    ),
  )
  const folder = dirname(base)
  const description = {
    adzus: info.version,
    input: relative(folder, path),
    inputFile: { bytes, sha256 },
    width,
    height,
    model: info.model,
    backend: info.backend,
    adapter: info.adapter,
    parameters: result.parameters,
    milliseconds: Object.fromEntries(Object.entries(result.timings).map(([stage, ms]) => [stage, round(ms)])),
    peakDeviceBytes: result.peakBytes,
    foregroundShare: round(foregroundShare(result), 6),
    notes: result.notes,
    files: Object.fromEntries(KINDS.map((kind) => [kind, basename(paths[kind])])),
    resultFiles: Object.fromEntries(KINDS.map((kind, i) => [kind, digestOf(encoded[i])])),
    segments: segments.map(({ id, foreground, foregroundShare: share, area, bbox, centroid, meanColour, borderShare, rle }) => ({
      id,
      foreground,
      foregroundShare: round(share, 9),
      area,
      bbox,
      centroid: centroid.map((v) => round(v, 2)),
      meanColour: meanColour.map((v) => round(v, 2)),
      borderShare: round(borderShare, 4),
      rle,
    })),
  }
  const files = new Map<string, Uint8Array | string>(KINDS.map((kind, i) => [basename(paths[kind]), encoded[i]]))
  files.set(basename(paths.json), `${JSON.stringify(description, null, 2)}\n`)
  await writeTogether(folder, files, async () => {
    // Once more, since much may have happened while the image was computed.
    await refuseForeign(Object.values(paths), paths.json, overwrite)
    // Should we be stopped on the way, the JSON of an earlier run must not vouch for pictures of this one.
    await remove(paths.json)
  })
}

function paletteOf(count: number) {
  return count <= MOST_COLOURS ? segmentPalette(count) : undefined
}

/** Share of the picture that is foreground. */
export function foregroundShare({ mask }: Segmentation): number {
  let inside = 0
  for (const value of mask) if (value !== 0) inside++
  return inside / mask.length
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits))
}
