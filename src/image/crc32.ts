/**
 * @file The checksum of PNG's chunks and of gzip (ISO 3309; PNG's specification, annex D), eight
 * bytes at a time ("slicing by 8": Kounavis & Berry 2005): table k says what a byte does to the
 * checksum when k more bytes follow.
 */

function tables(count: number): readonly Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let c = byte
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    return c
  })
  const all = [first]
  while (all.length < count) all.push(all[all.length - 1].map((c) => first[c & 255] ^ (c >>> 8)))
  return all
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = tables(8)

/**
 * @example
 * crc32(new TextEncoder().encode('123456789')) // 0xcbf43926
 */
export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff
  let i = 0
  for (const whole = bytes.length - 7; i < whole; i += 8) {
    c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)
    c =
      T7[c & 255] ^
      T6[(c >>> 8) & 255] ^
      T5[(c >>> 16) & 255] ^
      T4[c >>> 24] ^
      T3[bytes[i + 4]] ^
      T2[bytes[i + 5]] ^
      T1[bytes[i + 6]] ^
      T0[bytes[i + 7]]
  }
  for (; i < bytes.length; i++) c = T0[(c ^ bytes[i]) & 255] ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}
