/** @file Bytes with their bits the other way round (FillOrder 2). */

const TABLE = Uint8Array.from({ length: 256 }, (_, byte) => {
  let out = 0
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) out |= 128 >> bit
  return out
})

/** The same bytes, each from its lowest bit to its highest. */
export function reverseBits(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => TABLE[byte])
}
