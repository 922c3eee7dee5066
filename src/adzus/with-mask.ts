/** @file A result whose mask somebody has corrected by hand. */
import { isRecord, must } from '../arguments.ts'
import { NOTHING_FOUND } from './answer.ts'
import { objectNotes } from './objects.ts'
import type { Segmentation } from './segmentation.ts'
import { markForeground } from './segments.ts'

const NOTE = 'the mask was corrected by hand'

/**
 * The same result with another mask. Segments are foreground as far as they lie in it; how the mask
 * was chosen (`scores`) and the objects that it was made of no longer hold and are left out, and a
 * note says that it was corrected by hand.
 * @param mask one byte a pixel, row-major: 255 in the foreground, else 0; it is copied
 * @throws AdzusError for a mask of another size, and for other values
 * @example
 * const result = await adzus.segment(bytes)
 * const mask = result.mask.slice()
 * mask.fill(0, 0, 10 * result.width) // the first ten rows are background
 * const corrected = withMask(result, mask)
 */
export function withMask(result: Segmentation, mask: Uint8Array): Segmentation {
  must('result', isRecord(result) && ArrayBuffer.isView(result.labels), 'a result of segment', result)
  const { width, height, labels, objects, notes } = result
  const expected = `${width * height} bytes, one for each of ${width} × ${height} pixels`
  const isBytes = mask instanceof Uint8Array || (mask as unknown) instanceof Uint8ClampedArray
  must('mask', isBytes && mask.length === width * height, expected, isBytes ? `${mask.length} bytes` : mask)
  const other = mask.find((value) => value !== 0 && value !== 255)
  must('mask', other === undefined, '0 and 255 only', other)
  const segments = result.segments.map((segment) => ({ ...segment }))
  markForeground(segments, labels, mask)
  const outdated = [...objectNotes(objects), NOTE]
  const kept = notes.filter((note) => !outdated.includes(note) && !note.endsWith(NOTHING_FOUND))
  const { scores: _, objects: __, ...others } = result
  return { ...others, mask: Uint8Array.from(mask), segments, notes: [...kept, NOTE] }
}
