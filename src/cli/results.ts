/**
 * @file The files of one segmented image: `NAME.labels.png`, `NAME.mask.png`, `NAME.overlay.png`, and last `NAME.json`, whose presence says that all are there.
 */
import { readFile, rm, stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import type { Parameters, Segmentation } from '../index.ts'
import { encodeLabels, encodePng, overlay } from '../index.ts'
import { writeAtomically } from './files.ts'

export const KINDS = ['labels', 'mask', 'overlay'] as const

/** What the results of a run have in common. */
export interface RunInfo {
  version: string
  model: { path: string; sha256: string }
  backend: string
  adapter: string
}

/** Paths of the results of an image, `base` without suffix. */
export function resultPaths(base: string): Record<(typeof KINDS)[number] | 'json', string> {
  return { labels: `${base}.labels.png`, mask: `${base}.mask.png`, overlay: `${base}.overlay.png`, json: `${base}.json` }
}

/** Whether all results are there and were made with these parameters and this model. */
export async function isDone(base: string, parameters: Parameters, info: RunInfo): Promise<boolean> {
  const { json, ...pictures } = resultPaths(base)
  try {
    const written = JSON.parse(await readFile(json, 'utf8'))
    for (const path of Object.values(pictures)) await stat(path)
    return written.model?.sha256 === info.model.sha256 && JSON.stringify(written.parameters) === JSON.stringify(parameters)
  } catch {
    return false
  }
}

/** Writes all results of one image. */
export async function writeResults(base: string, input: string, result: Segmentation, info: RunInfo): Promise<void> {
  const { width, height, labels, mask, segments, image } = result
  const paths = resultPaths(base)
  // Should we be stopped on the way, the JSON of an earlier run must not vouch for pictures of this one.
  await rm(paths.json, { force: true }).catch(() => {})
  const pictures = { labels, mask, overlay: overlay(image, labels, mask) }
  const encoded = await Promise.all(KINDS.map((kind) => encodePng(width, height, pictures[kind])))
  for (const [i, kind] of KINDS.entries()) await writeAtomically(paths[kind], encoded[i])
  const runs = encodeLabels(labels, width, height, segments.length)
  const folder = resolve(base, '..')
  const description = {
    adzus: info.version,
    input: relative(folder, input),
    width,
    height,
    model: info.model,
    backend: info.backend,
    adapter: info.adapter,
    parameters: result.parameters,
    milliseconds: Object.fromEntries(Object.entries(result.timings).map(([stage, ms]) => [stage, round(ms)])),
    peakDeviceBytes: result.peakBytes,
    foregroundShare: round(foregroundShare(result), 6),
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
  await writeAtomically(paths.json, `${JSON.stringify(description, null, 2)}\n`)
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
