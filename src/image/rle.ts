/**
 * @file COCO's run-length encoding of a mask: pixels in column order, lengths of alternating runs
 * of 0 and 1 (the first may be 0), then packed into text as `pycocotools` does it: differences to
 * the run before the last, in 5-bit groups with a continuation bit, offset to printable characters.
 */
import { isSamples, isWhole, must } from '../arguments.ts'

/** A mask as COCO’s compressed runs, column by column. */
export interface Rle {
  /** [height, width] */
  size: [number, number]
  counts: string
}

/** Packs run lengths into COCO's compressed string (cocoapi `rleToString`). */
export function packRuns(runs: readonly number[]): string {
  let text = ''
  runs.forEach((run, i) => {
    let value = i > 2 ? run - runs[i - 2] : run
    for (let more = true; more; ) {
      let group = value & 0x1f
      value >>= 5
      more = group & 0x10 ? value !== -1 : value !== 0
      if (more) group |= 0x20
      text += String.fromCharCode(group + 48)
    }
  })
  return text
}

/**
 * One encoding for each label 1 … count of a label map (row-major), in one pass over the pixels.
 * @example
 * const [first] = encodeLabels(labels, width, height, segments.length)
 */
export function encodeLabels(labels: ArrayLike<number>, width: number, height: number, count: number): Rle[] {
  must('width and height', isWhole(width, 1, 2 ** 31) && isWhole(height, 1, 2 ** 31), 'whole numbers, 1 or more', [width, height])
  must('labels', isSamples(labels, width * height), `${width} × ${height} labels`, labels)
  must('count', isWhole(count, 0, 2 ** 32), 'the number of labels', count)
  const runs: number[][] = Array.from({ length: count + 1 }, () => [])
  // Where each label's last run of ones ended, in column order.
  const ended = new Float64Array(count + 1)
  let [start, current] = [0, -1]
  const close = (end: number) => {
    if (current < 1) return
    must('labels', current <= count, `labels up to ${count}`, current)
    runs[current].push(start - ended[current], end - start)
    ended[current] = end
  }
  for (let x = 0, at = 0; x < width; x++)
    for (let y = 0; y < height; y++, at++) {
      const label = labels[y * width + x]
      if (label === current) continue
      close(at)
      start = at
      current = label
    }
  close(width * height)
  return runs.slice(1).map((list, i) => {
    const rest = width * height - ended[i + 1]
    if (rest > 0) list.push(rest)
    return { size: [height, width], counts: packRuns(list) }
  })
}
