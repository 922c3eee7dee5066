/**
 * @file From ops to jobs. Ops that are missing here, or whose lowering returns undefined for their
 * shape, run as plain TypeScript over the same memory: copies, mostly.
 */
import type { OpName } from '../../backend.ts'
import { attention, attentionMap } from './attention.ts'
import type { Lowering } from './context.ts'
import * as merging from './merging.ts'
import * as products from './products.ts'
import * as rows from './rows.ts'

export const lowerings: { [K in OpName]?: Lowering<K> } = { ...products, attention, attentionMap, ...rows, ...merging }
