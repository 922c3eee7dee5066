/**
 * @file Packers for the GEMM core: matrices whose rows or columns run along k, stored as f32 or
 * f16.
 */
import { halfTable } from '../half.ts'
import type { Floats } from '../host/memory.ts'
import type { Pack } from './gemm.ts'

/** Operand(row, k) = source[offset + row·stride + k]: A, and weights as layers store them. */
export function packRows(source: Floats, offset: number, stride: number): Pack {
  if (source instanceof Uint16Array) return packHalfRows(source, offset, stride)
  return (panels, first, count, k0, depth) => {
    let to = 0
    for (let r = 0; r < count; r += 4) {
      const row0 = offset + (first + r) * stride + k0
      if (r + 4 <= count) {
        const row1 = row0 + stride
        const row2 = row1 + stride
        const row3 = row2 + stride
        for (let k = 0; k < depth; k++, to += 4) {
          panels[to] = source[row0 + k]
          panels[to + 1] = source[row1 + k]
          panels[to + 2] = source[row2 + k]
          panels[to + 3] = source[row3 + k]
        }
      } else {
        const last = count - r
        for (let k = 0; k < depth; k++, to += 4) for (let i = 0; i < 4; i++) panels[to + i] = i < last ? source[row0 + i * stride + k] : 0
      }
    }
  }
}

// The f16 packers repeat the loops: V8 compiles a loop well only for one kind of array.
function packHalfRows(bits: Uint16Array, offset: number, stride: number): Pack {
  const values = halfTable()
  return (panels, first, count, k0, depth) => {
    let to = 0
    for (let r = 0; r < count; r += 4, to += 4 * depth)
      for (let i = 0; i < 4; i++) {
        const row = offset + (first + r + i) * stride + k0
        if (r + i < count) for (let k = 0; k < depth; k++) panels[to + 4 * k + i] = values[bits[row + k]]
        else for (let k = 0; k < depth; k++) panels[to + 4 * k + i] = 0
      }
  }
}

/**
 * Operand(row, k) = source[offset + k·stride + row]: B as [k, n], and the values of an attention.
 */
export function packColumns(source: Floats, offset: number, stride: number): Pack {
  if (source instanceof Uint16Array) return packHalfColumns(source, offset, stride)
  return (panels, first, count, k0, depth) => {
    for (let k = 0; k < depth; k++) {
      const from = offset + (k0 + k) * stride + first
      let to = 4 * k
      for (let r = 0; r < count; r += 4, to += 4 * depth)
        for (let i = 0; i < 4; i++) panels[to + i] = r + i < count ? source[from + r + i] : 0
    }
  }
}

function packHalfColumns(bits: Uint16Array, offset: number, stride: number): Pack {
  const values = halfTable()
  return (panels, first, count, k0, depth) => {
    for (let k = 0; k < depth; k++) {
      const from = offset + (k0 + k) * stride + first
      let to = 4 * k
      for (let r = 0; r < count; r += 4, to += 4 * depth)
        for (let i = 0; i < 4; i++) panels[to + i] = r + i < count ? values[bits[from + r + i]] : 0
    }
  }
}
