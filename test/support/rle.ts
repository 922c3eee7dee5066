/** @file Decoding COCO's compressed run lengths, as cocoapi's `rleFrString` and `rleDecode` define them. */

/** The run lengths of a compressed string. */
export function unpackRuns(text: string): number[] {
  const runs: number[] = []
  for (let at = 0; at < text.length; ) {
    let value = 0
    let shift = 0
    let group: number
    do {
      group = text.charCodeAt(at++) - 48
      value += (group & 0x1f) * 2 ** shift
      shift += 5
    } while (group & 0x20)
    // The last group's highest bit is the sign.
    if (group & 0x10) value -= 2 ** shift
    runs.push(runs.length > 2 ? value + runs[runs.length - 2] : value)
  }
  return runs
}

/** The mask (0 or 1, row-major) of run lengths in column order. */
export function decodeRle({ size: [height, width], counts }: { size: readonly [number, number]; counts: string }): Uint8Array {
  const mask = new Uint8Array(width * height)
  let at = 0
  unpackRuns(counts).forEach((run, i) => {
    for (let n = 0; n < run; n++, at++) mask[(at % height) * width + Math.floor(at / height)] = i % 2
  })
  if (at !== width * height) throw new Error(`runs cover ${at} of ${width * height} pixels`)
  return mask
}
