/** @file Small safetensors files, right ones and wrong ones, from the text of their headers. */

/** A file with this text as header and these bytes of data. */
export function fileOf(header: string, data: ArrayLike<number> = []): Uint8Array {
  const text = new TextEncoder().encode(header)
  const file = new Uint8Array(8 + text.length + data.length)
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
  file.set(text, 8)
  file.set(data, 8 + text.length)
  return file
}

/** The header of a file with one tensor, `x`. */
export function one(dtype: string, shape: readonly number[], end: number, begin = 0): string {
  return `{"x":{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${begin},${end}]}}`
}

/** A Git LFS pointer. */
export const LFS_POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(63)}7\nsize 3438167540\n`
