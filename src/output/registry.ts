/**
 * @file The outputs that there are. A new one is a file beside this one, and its name in this list.
 */
import { isString, must } from '../arguments.ts'
import { AdzusError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { coco } from './coco.ts'
import { geojson } from './geojson.ts'
import { json } from './json.ts'
import { labels } from './labels.ts'
import { mask } from './mask.ts'
import { objects, objectsWhereSeen } from './objects.ts'
import { isOfImage, type Output } from './output.ts'
import { overlay } from './overlay.ts'
import { roi } from './roi.ts'
import { svg } from './svg.ts'
import { objectsCsv, regionsCsv, segmentsCsv } from './tables.ts'
import { zarr } from './zarr.ts'

/** Those of images in the order in which they are written; the record comes last. */
export const outputs: readonly Output[] = [
  labels,
  mask,
  overlay,
  objects,
  geojson,
  roi,
  svg,
  segmentsCsv,
  objectsCsv,
  zarr,
  coco,
  regionsCsv,
  json,
]

/** What is saved where nothing is chosen: objects where many are seen. */
export const defaultOutputs: readonly Output[] = [labels, mask, overlay, objectsWhereSeen, json]

/** The output that vouches for the others. */
export const recordOutput = json

/**
 * Outputs by their names.
 * @throws AdzusError for a name that none has, or for none
 * @example
 * chooseOutputs(['mask', 'json'])
 */
export function chooseOutputs(names: readonly string[]): Output[] {
  const known = outputs.map(({ name }) => name)
  must('save', Array.isArray(names) && names.every(isString), 'a list of names', names)
  const wrong = names.length === 0 ? 'nothing' : names.find((name) => !known.includes(name))
  if (wrong !== undefined) {
    const similar = nearest(wrong, known)
    throw new AdzusError({
      what: 'options',
      where: 'save',
      expected: `some of ${known.join(', ')}`,
      got: wrong,
      hint: similar && `Did you mean ${similar}?`,
    })
  }
  return outputs.filter(({ name }) => names.includes(name))
}

/** Whether a path is called like an image's output, as `a.mask.png` is. */
export function isCalledLikeOutput(path: string): boolean {
  const name = path.toLowerCase()
  return outputs.some((output) => isOfImage(output) && name.endsWith(output.suffix))
}

/** Whether a file's first bytes say that it is an output. */
export function isOurs(beginning: Uint8Array): boolean {
  return outputs.some((output) => output.isOurs(beginning))
}
