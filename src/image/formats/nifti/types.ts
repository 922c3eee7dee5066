/** @file The types of voxels in NIfTI files (nifti1.h, DT_…), and their values as samples. */
import type { Samples } from '../../raster.ts'

/** How voxels of a type are stored. */
export interface VoxelType {
  name: string
  /** Samples a voxel: 1, or 3 and 4 of colours. */
  channels: number
  /** Bytes of a sample. */
  bytes: number
  /** Stored bytes as numbers. */
  numbers(bytes: Uint8Array): Numbers
}

type Numbers = Samples | Int8Array | Int32Array | Uint32Array | Float64Array

interface NumberArray<T> {
  new (buffer: ArrayBufferLike, at: number, length: number): T
  BYTES_PER_ELEMENT: number
}

const view = <T>(kind: NumberArray<T>, bytes: Uint8Array) => new kind(bytes.buffer, bytes.byteOffset, bytes.length / kind.BYTES_PER_ELEMENT)

const stored = (name: string, kind: NumberArray<Numbers>, channels = 1): VoxelType => ({
  name,
  channels,
  bytes: kind.BYTES_PER_ELEMENT,
  numbers: (bytes) => view(kind, bytes),
})

const large = (name: string, kind: NumberArray<BigInt64Array | BigUint64Array>): VoxelType => ({
  name,
  channels: 1,
  bytes: kind.BYTES_PER_ELEMENT,
  numbers: (bytes) => Float64Array.from(view(kind, bytes), Number),
})

/** By their codes. */
export const VOXEL_TYPES: Readonly<Record<number, VoxelType>> = {
  2: stored('uint8', Uint8Array),
  4: stored('int16', Int16Array),
  8: stored('int32', Int32Array),
  16: stored('float32', Float32Array),
  64: stored('float64', Float64Array),
  128: stored('rgb24', Uint8Array, 3),
  256: stored('int8', Int8Array),
  512: stored('uint16', Uint16Array),
  768: stored('uint32', Uint32Array),
  1024: large('int64', BigInt64Array),
  1280: large('uint64', BigUint64Array),
  2304: stored('rgba32', Uint8Array, 4),
}

/** Types that are known and not read. */
export const UNREAD: Readonly<Record<number, string>> = {
  1: 'single bits',
  32: 'complex numbers',
  1536: 'floats of 128 bits',
  1792: 'complex numbers',
  2048: 'complex numbers',
}

/** The value of a voxel: stored · slope + inter. */
export interface Scaling {
  slope: number
  inter: number
}

/**
 * Voxels as their file stores them as the values that they mean. Numbers that no samples hold
 * become the nearest floats of 32 bits.
 * @param bytes the voxels, which are changed
 * @param big whether the high byte of a number comes first
 * @param scaling makes floats of what is stored, calculated with 64 bits
 */
export function valuesOf(bytes: Uint8Array, type: VoxelType, big: boolean, scaling?: Scaling): Samples {
  if (big) swap(bytes, type.bytes)
  const numbers = type.numbers(bytes)
  if (scaling) return Float32Array.from(numbers as ArrayLike<number>, (value) => value * scaling.slope + scaling.inter)
  if (numbers instanceof Int8Array) return Int16Array.from(numbers)
  if (numbers instanceof Int32Array || numbers instanceof Uint32Array || numbers instanceof Float64Array) return Float32Array.from(numbers)
  return numbers
}

function swap(bytes: Uint8Array, size: number): void {
  for (let at = 0; size > 1 && at < bytes.length; at += size) bytes.subarray(at, at + size).reverse()
}
