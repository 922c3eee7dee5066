/** @file The types of values in a directory (TIFF 6.0, section 2; BigTIFF). */

/** Bytes of a value of each type. */
export const SIZES: Record<number, number> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
}

/** Reads the numbers of a type by their place; fractions are divided. */
export function numberReader(view: DataView, type: number, little: boolean): ((i: number) => number) | undefined {
  const readers: Record<number, (i: number) => number> = {
    1: (i) => view.getUint8(i),
    3: (i) => view.getUint16(2 * i, little),
    4: (i) => view.getUint32(4 * i, little),
    5: (i) => view.getUint32(8 * i, little) / view.getUint32(8 * i + 4, little),
    6: (i) => view.getInt8(i),
    7: (i) => view.getUint8(i),
    8: (i) => view.getInt16(2 * i, little),
    9: (i) => view.getInt32(4 * i, little),
    10: (i) => view.getInt32(8 * i, little) / view.getInt32(8 * i + 4, little),
    11: (i) => view.getFloat32(4 * i, little),
    12: (i) => view.getFloat64(8 * i, little),
    13: (i) => view.getUint32(4 * i, little),
    16: (i) => Number(view.getBigUint64(8 * i, little)),
    17: (i) => Number(view.getBigInt64(8 * i, little)),
    18: (i) => Number(view.getBigUint64(8 * i, little)),
  }
  return readers[type]
}
