/**
 * @file The files of one segmented image: `NAME.labels.png`, `NAME.mask.png`, `NAME.overlay.png`, and last `NAME.json`, whose presence says that all are there.
 */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import type { Parameters, Segmentation } from '../index.ts'
import { encodeLabels, encodePng, overlay } from '../index.ts'
import { remove, writeTogether } from './files.ts'
import { refuseForeign, software } from './origin.ts'

export const KINDS = ['labels', 'mask', 'overlay'] as const

/** What the results of a run have in common. */
export interface RunInfo {
  version: string
  model: { path: string; sha256: string }
  backend: string
  adapter: string
}

/** The file of an image, and what tells whether it still holds the same. */
export interface InputFile {
  path: string
  /** Its length. */
  bytes: number
  sha256: string
}

export function inputFile(path: string, contents: Uint8Array): InputFile {
  return { path, bytes: contents.length, sha256: createHash('sha256').update(contents).digest('hex') }
}

/** Paths of the results of an image, `base` without suffix. */
export function resultPaths(base: string): Record<(typeof KINDS)[number] | 'json', string> {
  return { labels: `${base}.labels.png`, mask: `${base}.mask.png`, overlay: `${base}.overlay.png`, json: `${base}.json` }
}

/** Whether all results are there and were made of the same picture with these parameters and this model. */
export async function isDone(base: string, { bytes, sha256 }: InputFile, parameters: Parameters, info: RunInfo): Promise<boolean> {
  const { json, ...pictures } = resultPaths(base)
  try {
    const written = JSON.parse(await readFile(json, 'utf8'))
    for (const path of Object.values(pictures)) await stat(path)
    const samePicture = written.inputFile?.bytes === bytes && written.inputFile.sha256 === sha256
    return samePicture && written.model?.sha256 === info.model.sha256 && JSON.stringify(written.parameters) === JSON.stringify(parameters)
  } catch {
    return false
  }
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
  const encoded = await Promise.all(KINDS.map((kind) => encodePng(width, height, pictures[kind], software(info.version))))
  const runs = encodeLabels(labels, width, height, segments.length)
  const folder = resolve(base, '..')
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
    files: Object.fromEntries(KINDS.map((kind) => [kind, relative(folder, paths[kind])])),
    segments: segments.map(({ id, foreground, area, box, centroid, colour, border }, i) => ({
      id,
      foreground,
      area,
      bbox: box,
      centroid: centroid.map((v) => round(v, 2)),
      meanColour: colour.map((v) => round(v, 2)),
      borderShare: round(border, 4),
      rle: runs[i],
    })),
  }
  const files = new Map<string, Uint8Array | string>(KINDS.map((kind, i) => [paths[kind], encoded[i]]))
  files.set(paths.json, `${JSON.stringify(description, null, 2)}\n`)
  await writeTogether(files, async () => {
    // Once more, since much may have happened while the image was computed.
    await refuseForeign(Object.values(paths), paths.json, overwrite)
    // Should we be stopped on the way, the JSON of an earlier run must not vouch for pictures of this one.
    await remove(paths.json)
  })
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
