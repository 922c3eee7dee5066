/**
 * @file Predictors undone (TIFF 6.0, section 14; TIFF Technical Note 3): a row's samples are
 * differences from those a pixel before.
 */

/** Rows of a chunk as they were inflated. */
export interface Rows {
  bytes: Uint8Array
  /** Pixels and bytes of a row. */
  width: number
  rowBytes: number
  /** Samples of a pixel in this chunk. */
  samples: number
  bits: number
  little: boolean
}

/**
 * Predictor 2: integers, sum after sum, where they are.
 * @throws Error for depths that have none
 */
export function undoDifferences({ bytes, width, rowBytes, samples, bits, little }: Rows): void {
  const rows = Math.ceil(bytes.length / rowBytes)
  const size = bits / 8
  if (![1, 2, 4, 8].includes(size)) throw new Error(`a predictor for samples of ${bits} bits`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let row = 0; row < rows; row++) {
    const start = row * rowBytes
    const end = Math.min(start + width * samples * size, bytes.length - size + 1)
    if (size === 1) for (let i = start + samples; i < end; i++) bytes[i] += bytes[i - samples]
    else if (size === 2) sum16(bytes, start, end, samples, little)
    else if (size === 4)
      for (let i = start + 4 * samples; i < end; i += 4)
        view.setUint32(i, view.getUint32(i, little) + view.getUint32(i - 4 * samples, little), little)
    else
      for (let i = start + 8 * samples; i < end; i += 8)
        view.setBigUint64(i, view.getBigUint64(i, little) + view.getBigUint64(i - 8 * samples, little), little)
  }
}

/** Byte by byte: chunks may begin anywhere. */
function sum16(bytes: Uint8Array, start: number, end: number, samples: number, little: boolean): void {
  const [low, high] = little ? [0, 1] : [1, 0]
  for (let c = 0; c < samples; c++) {
    let sum = 0
    for (let i = start + 2 * c; i < end; i += 2 * samples) {
      sum = (sum + (bytes[i + low] | (bytes[i + high] << 8))) & 0xffff
      bytes[i + low] = sum
      bytes[i + high] = sum >> 8
    }
  }
}

/**
 * Predictor 3: floats, whose bytes stand apart (all highest first) as differences.
 * @returns the rows with their samples put together, in the file's byte order
 */
export function undoFloats({ bytes, width, rowBytes, samples, bits, little }: Rows): Uint8Array {
  const size = bits / 8
  if (![2, 3, 4, 8].includes(size)) throw new Error(`a predictor for floats of ${bits} bits`)
  const count = width * samples
  const out = new Uint8Array(bytes.length)
  for (let start = 0; start + rowBytes <= bytes.length; start += rowBytes) {
    for (let i = start + samples; i < start + rowBytes; i++) bytes[i] += bytes[i - samples]
    for (let b = 0; b < size; b++) {
      const place = little ? size - 1 - b : b
      for (let i = 0; i < count; i++) out[start + i * size + place] = bytes[start + b * count + i]
    }
  }
  return out
}
