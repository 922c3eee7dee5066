/**
 * @file The pass of `resize.ts` along rows in WebAssembly SIMD: the three colours of a pixel are
 * three lanes. Whole numbers are added, so that it gives what the same loop in TypeScript gives.
 */
import { type Body, type Expr, i8x16, i16x8, i32, i32x4, type LocalsOf, Module, procedure, v128 } from '../wasm-assembler/index.ts'
import { BITS, HALF, type Windows } from './windows.ts'

const PAGE = 2 ** 16
/** Bytes of a picture that are handed over at a time. */
const BLOCK = 2 ** 20
/** A pixel is read and written as four bytes, of which the last is its neighbour's. */
const BEYOND = 1

const FIELDS = {
  /** For each new pixel: bytes from the row's start to the first old one, and its weights. */
  first: 'i32',
  start: 'i32',
  weights: 'i32',
  /** New pixels of a row. */
  to: 'i32',
  /** Rows, bytes from one to the next, and where the results go, without gaps. */
  data: 'i32',
  stride: 'i32',
  rows: 'i32',
  out: 'i32',
} as const

const rowsOf = procedure('rows', FIELDS, (f, p) => {
  const row = f.let(p.data)
  const out = f.let(p.out)
  const at = f.local('i32')
  const sum = f.local('v128')
  f.for(0, p.rows, 1, () => {
    f.for(0, i32.shl(p.to, 2), 4, (x) => {
      // 1. The sum of the pixels in the window, with their weights.
      f.set(sum, i32x4.splat(HALF))
      f.set(at, i32.add(row, i32.load(i32.add(p.first, x))))
      f.for(weightAt(f, p, x, 0), weightAt(f, p, x, 4), 4, (weight) => {
        f.set(sum, i32x4.add(sum, i32x4.mul(pixelAt(at), v128.load32Splat(weight))))
        f.increase(at, 3)
      })
      // 2. The sum as a pixel: rounded, and clamped to 0 … 255.
      const halves = f.let(i16x8.narrowI32x4S(i32x4.shrS(sum, BITS), i32x4.shrS(sum, BITS)))
      f.do(i32.store(out, i32x4.extractLane(i8x16.narrowI16x8U(halves, halves), 0)))
      f.increase(out, 3)
    })
    f.increase(row, p.stride)
  })
})

/**
 * The address of the first weight of the new pixel at byte `x` of the table; with `offset` 4 that
 * of the next.
 */
function weightAt(f: Body, { start, weights }: LocalsOf<typeof FIELDS>, x: Expr<'i32'>, offset: number): Expr<'i32'> {
  return f.let(i32.add(weights, i32.shl(i32.load(i32.add(start, x), offset), 2)))
}

/** Four bytes as lanes of 32 bits. */
function pixelAt(address: Expr<'i32'>): Expr<'v128'> {
  return i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(v128.load32Zero(address)))
}

interface Resizer {
  memory: WebAssembly.Memory
  run: (...values: number[]) => void
}

/**
 * The one that all calls share, since every memory takes gibibytes of address space; null where
 * there is none.
 */
let shared: Resizer | null | undefined

/**
 * @param bytes that its memory has at least
 * @returns null where the runtime has no WebAssembly SIMD, where a page does not allow WebAssembly,
 * or where its address space leaves no room
 */
function resizer(bytes: number): Resizer | null {
  if (shared === null) return null
  try {
    shared ??= instantiate(bytes)
    const missing = bytes - shared.memory.buffer.byteLength
    if (missing > 0) shared.memory.grow(Math.ceil(missing / PAGE))
  } catch {
    shared = null
  }
  return shared
}

function instantiate(bytes: number): Resizer {
  const module = new Module({ relaxed: false, shared: false }, 0)
  module.export(rowsOf)
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } })
  return { memory, run: exports['rows'] as Resizer['run'] }
}

/**
 * Rows of 8-bit RGB at another width.
 * @param data height · width · 3 samples
 * @param windows of the new width
 * @returns nothing where there is no WebAssembly SIMD, or no room for it
 * @example
 * const wide = resizeRows(data, width, height, windowsOf(width, 256)) ?? plainly()
 */
export function resizeRows(data: Uint8Array, width: number, height: number, windows: Windows): Uint8Array | undefined {
  const to = windows.first.length
  const [stride, outStride] = [width * 3, to * 3]
  const together = Math.min(height, Math.max(1, Math.floor(BLOCK / stride)))
  // Tables of 32-bit numbers first, then the block's rows, then what becomes of them.
  const tables = [windows.first.map((pixel) => pixel * 3), windows.start, windows.weights]
  const first = 0
  const start = first + tables[0].byteLength
  const weights = start + tables[1].byteLength
  const block = weights + tables[2].byteLength
  const results = block + together * stride + BEYOND
  const found = resizer(results + together * outStride + BEYOND)
  if (!found) return undefined
  const { memory, run } = found
  const bytes = new Uint8Array(memory.buffer)
  for (const [i, at] of [first, start, weights].entries()) new Int32Array(memory.buffer, at, tables[i].length).set(tables[i])
  const out = new Uint8Array(height * outStride)
  for (let y = 0; y < height; y += together) {
    const rows = Math.min(together, height - y)
    bytes.set(data.subarray(y * stride, (y + rows) * stride), block)
    run(first, start, weights, to, block, stride, rows, results)
    out.set(bytes.subarray(results, results + rows * outStride), y * outStride)
  }
  return out
}
