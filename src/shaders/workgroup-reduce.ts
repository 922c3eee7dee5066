/**
 * @file Workgroup reductions: the results of a workgroup's threads are combined in a tree in
 * workgroup memory, or, where subgroups exchange values, in one subgroup that is the whole
 * workgroup. The latter needs no barriers, which are dear where threads are simulated on a CPU, but
 * gives a row no more threads than the smallest subgroup has.
 */
import type { Constants } from './expression.ts'

export type WorkgroupReduction = { kind: 'tree' } | { kind: 'subgroup'; lanes: number }

const TREE_THREADS = 64

/** The constants of a text that imports a reduction: it declares THREADS and SUBGROUP. */
export function reductionConstants(reduction: WorkgroupReduction): Constants {
  if (reduction.kind === 'tree') return { THREADS: TREE_THREADS, SUBGROUP: false }
  return { THREADS: Math.min(reduction.lanes, TREE_THREADS), SUBGROUP: true }
}

/** Declares `total(local, value)`: every thread gets the sum of all threads' values. */
export const total = /* wgsl */ `
// The sum of all threads' values, for each of them.
//#if SUBGROUP
fn total(local: u32, value: f32) -> f32 { return subgroupAdd(value); }
//#else
var<workgroup> totals: array<f32, THREADS>;
fn total(local: u32, value: f32) -> f32 {
  totals[local] = value;
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { totals[local] += totals[local + half]; }
  }
  workgroupBarrier();
  let result = totals[0];
  workgroupBarrier();
  return result;
}
//#end
`

/** Declares `largest(local, value)`: every thread gets the largest of all threads' values. */
export const largest = /* wgsl */ `
// The largest of all threads' values, for each of them.
//#if SUBGROUP
fn largest(local: u32, value: f32) -> f32 { return subgroupMax(value); }
//#else
var<workgroup> maxima: array<f32, THREADS>;
fn largest(local: u32, value: f32) -> f32 {
  maxima[local] = value;
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { maxima[local] = max(maxima[local], maxima[local + half]); }
  }
  workgroupBarrier();
  let result = maxima[0];
  workgroupBarrier();
  return result;
}
//#end
`

/** Declares `sumOf(value)`: the sum of the numbers of a `Value`. Needs WIDTH. */
export const sumOf = /* wgsl */ `
// The sum of a thread's numbers.
fn sumOf(value: Value) -> f32 {
  //#if WIDTH == 4
  return dot(value, vec4<f32>(1.0));
  //#else
  return value;
  //#end
}
`
