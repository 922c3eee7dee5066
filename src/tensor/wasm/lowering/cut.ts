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

/** Multiply-adds of a task, at most: some 20 ms, so that the event loop gets its share. */
const LARGE = 2 ** 29
/** Rows and columns below which a task is mostly packing, and a size above which it hardly is. */
const FEWEST = 64
const EFFICIENT = 2 ** 15

/**
 * Blocks of k and the cut into tasks, as the fields of `gemm`. A task packs its rows of A and its
 * columns of B: the larger and the squarer it is, the less that costs. But threads that are not
 * equally fast wait for the last task, so that there are more of large ones.
 */
export function cutProduct({ batch, m, n, taps, channels }: Product, threads: number) {
  let [blockTaps, blockChannels] = [1, channels]
  if (channels > MAX_DEPTH) blockChannels = ceil(channels / Math.ceil(channels / MAX_DEPTH), 4)
  else blockTaps = Math.ceil(taps / Math.ceil(taps / Math.floor(MAX_DEPTH / channels)))
  // A few rows go through a block of B once: it is to be in the L2 cache still.
  const most = m > 2 * FEWEST ? MAX_COLUMNS : MAX_COLUMNS / 2
  let columns = ceil(n / Math.ceil(n / most), 8)
  let rows = Math.min(512, ceil(m, 4))
  const work = batch * m * n * taps * channels
  const wanted = () => {
    const size = rows * columns
    const perThread = size <= EFFICIENT ? 4 : size <= 4 * EFFICIENT ? 8 : 16
    return Math.max(work / LARGE, threads === 1 ? 1 : Math.min(perThread * threads, work / SMALL))
  }
  while (batch * Math.ceil(m / rows) * Math.ceil(n / columns) < wanted()) {
    if (columns > FEWEST && columns >= rows) columns = ceil(columns / 2, 8)
    else if (rows > FEWEST) rows = ceil(rows / 2, FEWEST)
    else if (columns > FEWEST) columns = ceil(columns / 2, 8)
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
