/**
 * @file A grouping: a way from the aggregated attention map to proposals, of which every pixel gets
 * the one that is largest there. To add one, write a room beside `diffseg/` and name it here.
 */
import type { BandedMap } from '../attention/banded-map.ts'
import type { Tensor } from '../tensor/index.ts'
import { type DiffSeg, type DiffSegOptions, diffseg } from './diffseg/index.ts'
import type { MergeTree } from './diffseg/merge.ts'

/** A grouping with all of its options filled in. */
export type Method = DiffSeg
/** A grouping as callers choose it: options that are left out are the model's defaults. */
export type MethodOptions = DiffSegOptions

export interface Grouping<M extends { kind: string }, O> {
  /**
   * Fills in the options that are left out.
   * @throws AdzusError for what is out of range
   */
  resolve(options: O, defaults: M): M
  /**
   * The aggregated map [n, n] → proposals [m, n], which the caller disposes.
   * @param tree filled in with who was merged with whom, if there is one
   */
  propose(map: BandedMap, method: M, tree?: MergeTree): Promise<Tensor>
  /** What `propose` does whatever the numbers are: for dry runs, which have none. */
  foresee(map: BandedMap, method: M): Promise<Tensor>
}

const GROUPINGS = { diffseg } satisfies { [K in Method['kind']]: unknown }

/** The names of all groupings. */
export const METHODS = Object.keys(GROUPINGS) as Method['kind'][]

/** The grouping that a method names. */
export function groupingOf({ kind }: Pick<Method, 'kind'>): Grouping<Method, MethodOptions> {
  return GROUPINGS[kind]
}
