/**
 * @file Kernels that give a whole workgroup to one row: layer norm, softmax, dot products,
 * reductions. Threads stride over the row, by one number or by four, then their results are reduced
 * over the workgroup.
 */
import type { Reduction } from '../tensor/backend.ts'
import { input, output, type Shader, shader, vecType, type Width } from './wgsl.ts'
import { largest, reductionThreads, reductionWorkgroup, total, type WorkgroupReduction } from './workgroup-reduce.ts'

// The row of this workgroup. A folded grid may have a few groups too many: they repeat the last
// row, so that every barrier is reached by all.
const ROW = `  let row = min(workgroupIndex(wid, groups), p.rows - 1u);
  let base = row * p.length;`

const strideOf = (threads: number) => (body: string) => `  for (var i = local; i < p.length; i += ${threads}u) { ${body} }`

/** One number from a thread's: their sum. */
const sumOf = (name: string, width: Width) => (width === 4 ? `dot(${name}, vec4<f32>(1.0))` : name)

/** Two passes over the row: mean, then variance around it. */
export function layerNorm(reduction: WorkgroupReduction, width: Width): Shader {
  const stride = strideOf(reductionThreads(reduction))
  const length = `f32(p.length * ${width}u)`
  return shader({
    name: 'layerNorm',
    params: { rows: 'u32', length: 'u32', eps: 'f32' },
    bindings: { x: input(width), gamma: input(width), beta: input(width), out: output(width) },
    ...reductionWorkgroup(reduction),
    declarations: total(reduction),
    main: `${ROW}
  var sum = ${vecType(width)}();
${stride('sum += x[base + i];')}
  let mean = total(local, ${sumOf('sum', width)}) / ${length};
  var squares = ${vecType(width)}();
${stride('let d = x[base + i] - mean; squares += d * d;')}
  let scale = inverseSqrt(total(local, ${sumOf('squares', width)}) / ${length} + p.eps);
${stride('out[base + i] = (x[base + i] - mean) * scale * gamma[i] + beta[i];')}`,
  })
}

/**
 * exp(x − max)/Σ; with `stats`, each row's maximum and sum are kept for `attention-map` at
 * statsOffset. Row r sees causalFrom + r + 1 numbers, or all where causalFrom < 0.
 */
export function softmax(stats: boolean, reduction: WorkgroupReduction, width: Width): Shader {
  const stride = strideOf(reductionThreads(reduction))
  const type = vecType(width)
  return shader({
    name: 'softmax',
    params: { rows: 'u32', length: 'u32', causalFrom: 'i32', statsOffset: 'u32' },
    bindings: { x: input(width), out: output(width), ...(stats ? { stats: output(1) } : {}) },
    ...reductionWorkgroup(reduction),
    declarations: `${total(reduction)}\n${largest(reduction)}
// Hidden scores underflow to 0 (infinities are not portable).
fn seen(at: u32, i: u32, visible: u32) -> ${type} {
  return select(${type}(-3.0e38), x[at], ${width === 4 ? '4u * i + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(visible)' : 'i < visible'});
}`,
    main: `${ROW}
  let visible = select(p.length * ${width}u, u32(p.causalFrom) + row + 1u, p.causalFrom >= 0);
  var most = ${type}(-3.0e38);
${stride('most = max(most, seen(base + i, i, visible));')}
  let top = largest(local, ${width === 4 ? 'max(max(most.x, most.y), max(most.z, most.w))' : 'most'});
  var weights = ${type}();
${stride('weights += exp(seen(base + i, i, visible) - top);')}
  let sum = total(local, ${sumOf('weights', width)});
${stride('out[base + i] = exp(seen(base + i, i, visible) - top) / sum;')}
${stats ? '  if (local == 0u) { stats[p.statsOffset + row * 2u] = top; stats[p.statsOffset + row * 2u + 1u] = sum; }' : ''}`,
  })
}

export function rowDot(reduction: WorkgroupReduction, width: Width): Shader {
  const stride = strideOf(reductionThreads(reduction))
  return shader({
    name: 'rowDot',
    params: { rows: 'u32', length: 'u32' },
    bindings: { a: input(width), b: input(width), out: output(1) },
    ...reductionWorkgroup(reduction),
    declarations: total(reduction),
    main: `${ROW}
  var sum = ${vecType(width)}();
${stride('sum += a[base + i] * b[base + i];')}
  let product = total(local, ${sumOf('sum', width)});
  if (local == 0u) { out[row] = product; }`,
  })
}

/**
 * x [outer, length, inner] → [outer, inner]; `rows` = outer · inner. Four at a time only sums and
 * means, and only where inner is 1.
 */
export function reduce(fn: Reduction, reduction: WorkgroupReduction, width: Width): Shader {
  const threads = reductionThreads(reduction)
  const stride = strideOf(threads)
  const arg = fn === 'argmax' || fn === 'argmin'
  const smaller = fn === 'min' || fn === 'argmin'
  const better = (a: string, b: string) => `${a} ${smaller ? '<' : '>'} ${b}`
  const at = '  let at = (row / p.inner) * p.length * p.inner + row % p.inner;'
  const shared = {
    name: `reduce ${fn}`,
    params: { rows: 'u32', length: 'u32', inner: 'u32' },
    bindings: { x: input(width), out: { type: arg ? 'i32' : 'f32', access: 'read_write' } },
    ...reductionWorkgroup(reduction),
  } as const
  const row = '  let row = min(workgroupIndex(wid, groups), p.rows - 1u);'
  if (fn === 'sum' || fn === 'mean')
    return shader({
      ...shared,
      declarations: total(reduction),
      main: `${row}\n${at}
  var part = ${vecType(width)}();
${stride('part += x[at + i * p.inner];')}
  let sum = total(local, ${sumOf('part', width)});
  if (local == 0u) { out[row] = sum${fn === 'mean' ? ` / f32(p.length * ${width}u)` : ''}; }`,
    })
  // Each thread's best (value, index), joined in a tree; equal values keep the lower index.
  return shader({
    ...shared,
    declarations: `var<workgroup> values: array<f32, ${threads}>;\nvar<workgroup> indices: array<u32, ${threads}>;`,
    main: `${row}\n${at}
  var index = min(local, p.length - 1u);
  var value = x[at + index * p.inner];
${stride(`let next = x[at + i * p.inner]; if (${better('next', 'value')}) { value = next; index = i; }`)}
  values[local] = value; indices[local] = index;
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (local < half) {
      let next = values[local + half]; let nextIndex = indices[local + half];
      if (${better('next', 'values[local]')} || (next == values[local] && nextIndex < indices[local])) { values[local] = next; indices[local] = nextIndex; }
    }
  }
  workgroupBarrier();
  if (local == 0u) { out[row] = ${arg ? 'i32(indices[0])' : 'values[0]'}; }`,
  })
}
