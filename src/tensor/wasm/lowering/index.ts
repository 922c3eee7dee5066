/**
 * @file From ops to jobs. Ops that are missing here, or whose lowering returns undefined for their
 * shape, run as plain TypeScript over the same memory: copies, mostly.
 */
import type { OpName } from '../../backend.ts'
import { attention, attentionMap } from './attention.ts'
import type { Lowering } from './context.ts'
import { conv2d } from './convolution.ts'
import * as merging from './merging.ts'
import * as products from './products.ts'
import * as rows from './rows.ts'

/** Lowerings by the names of their ops. */
export const lowerings: { [K in OpName]?: Lowering<K> } = { ...products, conv2d, attention, attentionMap, ...rows, ...merging }
