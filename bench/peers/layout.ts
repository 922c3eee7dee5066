/** @file Between channels last, which the engine and the files use, and channels first. */

type Values = Float32Array<ArrayBuffer>

/** [rows, columns] → [columns, rows]. */
export function transpose(values: Values, rows: number, columns: number): Values {
  const out = new Float32Array(values.length)
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c]
  return out
}
