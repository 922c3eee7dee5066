/**
 * @file Workgroup reductions: the results of a workgroup's threads are combined in a tree in
 * workgroup memory, or, where subgroups exchange values, in one subgroup that is the whole
 * workgroup. The latter needs no barriers, which are dear where threads are simulated on a CPU, but
 * gives a row no more threads than the smallest subgroup has.
 */

export type WorkgroupReduction = { kind: 'tree' } | { kind: 'subgroup'; lanes: number }

const TREE_THREADS = 64

/** Threads of a workgroup. */
export function reductionThreads(reduction: WorkgroupReduction): number {
  return reduction.kind === 'tree' ? TREE_THREADS : Math.min(reduction.lanes, TREE_THREADS)
}

/** The fields of a shader that follow from its reduction. */
export function reductionWorkgroup(reduction: WorkgroupReduction) {
  return { subgroups: reduction.kind === 'subgroup', workgroup: [reductionThreads(reduction)] } as const
}

/** Declares `NAME(local, value)`: every thread gets the combination of all threads' values. */
function declareReduction(
  reduction: WorkgroupReduction,
  name: string,
  subgroup: string,
  combine: (a: string, b: string) => string,
): string {
  if (reduction.kind === 'subgroup') return `fn ${name}(local: u32, value: f32) -> f32 { return ${subgroup}(value); }`
  return `var<workgroup> ${name}Part: array<f32, ${TREE_THREADS}>;
fn ${name}(local: u32, value: f32) -> f32 {
  ${name}Part[local] = value;
  for (var half = ${TREE_THREADS / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (local < half) { ${name}Part[local] = ${combine(`${name}Part[local]`, `${name}Part[local + half]`)}; }
  }
  workgroupBarrier();
  let result = ${name}Part[0];
  workgroupBarrier();
  return result;
}`
}

/** Declares `total(local, value)`. */
export function total(reduction: WorkgroupReduction): string {
  return declareReduction(reduction, 'total', 'subgroupAdd', (a, b) => `${a} + ${b}`)
}

/** Declares `largest(local, value)`. */
export function largest(reduction: WorkgroupReduction): string {
  return declareReduction(reduction, 'largest', 'subgroupMax', (a, b) => `max(${a}, ${b})`)
}
