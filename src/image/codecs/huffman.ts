/** @file The Huffman tables of JPEG files (ITU-T T.81, annex C). */

/**
 * What a code is made of, by its length in bits (1 … 16): the first code, how many there are, where
 * their symbols begin.
 */
export interface Codes {
  first: Int32Array
  counts: Uint8Array
  starts: Int32Array
  symbols: Uint8Array
}

/**
 * Reads the tables of a DHT segment, by their class and number as the segment has them in one byte:
 * those of differences (class 0, the only ones of lossless files) from 0x00 on, others from 0x10.
 */
export function readTables(body: Uint8Array, tables: Map<number, Codes>): void {
  for (let at = 0; at + 17 <= body.length; ) {
    const counts = Uint8Array.from([0, ...body.subarray(at + 1, at + 17)])
    const [first, starts] = [new Int32Array(17), new Int32Array(17)]
    let [code, total] = [0, 0]
    for (let length = 1; length <= 16; length++) {
      first[length] = code
      starts[length] = total
      total += counts[length]
      code = (code + counts[length]) << 1
    }
    tables.set(body[at], { first, counts, starts, symbols: body.subarray(at + 17, at + 17 + total) })
    at += 17 + total
  }
}
