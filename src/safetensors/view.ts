/**
 * @file A safetensors file seen in another spelling: tensors of a file under other names and
 * shapes, cut by rows or transposed, served as the bytes of a file of their own. Nothing is copied:
 * a read of the view becomes reads of the original, so that whatever loads safetensors loads the
 * view.
 */
import { check } from '../errors.ts'
import type { ByteSource } from '../source.ts'
import { BITS } from './dtypes.ts'
import type { TensorInfo } from './header.ts'
import { safetensorsHeader } from './writer.ts'

export interface ViewedTensor {
  /** Name in the view. */
  name: string
  /** The tensor in the original. */
  from: TensorInfo
  /**
   * Shape in the view (default: the original's). With `rows`, the first axis has as many entries as
   * there are rows.
   */
  shape?: readonly number[]
  /** Only these entries of the first axis: from … to − 1. */
  rows?: readonly [from: number, to: number]
  /** Rows and columns exchanged; only for matrices, and not together with `rows`. */
  transposed?: boolean
}

interface Piece extends ViewedTensor {
  dtype: string
  shape: readonly number[]
  /** First and last byte (excluded) in the view. */
  begin: number
  end: number
}

/**
 * The contents of a view, laid out once; `over` serves its bytes from an open original, which
 * closes with it.
 */
export class SafetensorsView {
  readonly #header: Uint8Array
  readonly #pieces: Piece[]

  constructor(tensors: readonly ViewedTensor[]) {
    const described = tensors.map((t) => ({ ...t, dtype: t.from.dtype, shape: shapeOf(t) }))
    const { header, order } = safetensorsHeader(described)
    let at = header.length
    this.#header = header
    this.#pieces = order.map((tensor) => {
      const begin = at
      at += bytesOf(tensor.dtype, tensor.shape)
      return { ...tensor, begin, end: at }
    })
  }

  get size(): number {
    return this.#pieces.at(-1)?.end ?? this.#header.length
  }

  over(original: ByteSource, name: string): ByteSource {
    return {
      name,
      size: this.size,
      read: (offset, length) => this.#read(original, offset, length),
      close: () => original.close?.() ?? Promise.resolve(),
    }
  }

  async #read(original: ByteSource, offset: number, length: number): Promise<Uint8Array> {
    const end = offset + length
    const whole = this.#pieces.find((p) => p.begin <= offset && end <= p.end)
    if (whole) return read(original, whole, offset - whole.begin, length)
    const out = new Uint8Array(length)
    out.set(this.#header.subarray(offset, Math.max(offset, Math.min(end, this.#header.length))))
    for (const piece of this.#pieces) {
      const first = Math.max(offset, piece.begin)
      const last = Math.min(end, piece.end)
      if (first < last) out.set(await read(original, piece, first - piece.begin, last - first), first - offset)
    }
    return out
  }
}

/** `length` bytes of a piece from its byte `offset` on. */
async function read(original: ByteSource, piece: Piece, offset: number, length: number): Promise<Uint8Array> {
  const { from, rows, transposed, begin, end } = piece
  if (transposed) {
    const bytes = transpose(await original.read(from.begin, end - begin), from.shape, bytesOf(from.dtype, [1]))
    return bytes.subarray(offset, offset + length)
  }
  const skipped = rows ? bytesOf(from.dtype, [rows[0], ...from.shape.slice(1)]) : 0
  return original.read(from.begin + skipped + offset, length)
}

function shapeOf({ name, from, shape, rows, transposed }: ViewedTensor): readonly number[] {
  const natural = transposed ? [...from.shape].reverse() : rows ? [rows[1] - rows[0], ...from.shape.slice(1)] : from.shape
  const viewed = shape ?? natural
  const within = !rows || (0 <= rows[0] && rows[0] <= rows[1] && rows[1] <= from.shape[0])
  const fits = count(viewed) === count(natural) && within && !(transposed && (rows || from.shape.length !== 2))
  check(fits && Number.isInteger(bytesOf(from.dtype, viewed.slice(1))), () => ({
    what: 'safetensors: view',
    where: `"${name}" of "${from.name}"`,
    expected: `a shape that [${from.shape.join(', ')}] can be seen in`,
    got: `[${viewed.join(', ')}]`,
  }))
  return viewed
}

function count(shape: readonly number[]): number {
  return shape.reduce((n, d) => n * d, 1)
}

function bytesOf(dtype: string, shape: readonly number[]): number {
  return (count(shape) * BITS.get(dtype)!) / 8
}

function transpose(bytes: Uint8Array, [height, width]: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(bytes.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) for (let b = 0; b < size; b++) out[(x * height + y) * size + b] = bytes[(y * width + x) * size + b]
  return out
}
