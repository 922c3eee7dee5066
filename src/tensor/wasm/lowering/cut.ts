/** @file How a product is cut into blocks of k and into tasks. */
import { MAX_COLUMNS, MAX_DEPTH } from '../gemm/gemm.ts'
import { ceil, SMALL } from './context.ts'

/** A product: `batch` matrices of m rows and n columns, sums over taps · channels. */
export interface Product {
  batch: number
  m: number
  n: number
  taps: number
  channels: number
}

/** Blocks of k and the cut into tasks, as the fields of `gemm`. */
export function cutProduct({ batch, m, n, taps, channels }: Product, threads: number) {
  let [blockTaps, blockChannels] = [1, channels]
  if (channels > MAX_DEPTH) blockChannels = ceil(channels / Math.ceil(channels / MAX_DEPTH), 4)
  else blockTaps = Math.ceil(taps / Math.ceil(taps / Math.floor(MAX_DEPTH / channels)))
  let columns = ceil(n / Math.ceil(n / MAX_COLUMNS), 8)
  // A task packs its block of B for all its rows: below a few hundred rows that begins to cost.
  let rows = Math.min(512, ceil(m, 4))
  const count = () => batch * Math.ceil(m / rows) * Math.ceil(n / columns)
  const wanted = threads === 1 ? 1 : Math.min(4 * threads, (batch * m * n * taps * channels) / SMALL)
  while (count() < wanted) {
    if (rows > 256) rows = ceil(rows / 2, 64)
    else if (columns > 64) columns = ceil(columns / 2, 8)
    else if (rows > 64) rows = ceil(rows / 2, 64)
    else break
  }
  return {
    blockTaps,
    blockChannels,
    rowsPerTask: rows,
    columnsPerTask: columns,
    rowTasks: Math.ceil(m / rows),
    columnTasks: Math.ceil(n / columns),
  }
}
