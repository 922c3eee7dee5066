/**
 * @file Kernels that give a whole workgroup to one row: layer norm, softmax, dot products, reductions. Threads stride over the row, then their results meet.
 */
import type { Reduction } from '../tensor/backend.ts'
import { largest, type Meeting, meetingThreads, meetingWorkgroup, total } from './meeting.ts'
import { type Shader, shader } from './wgsl.ts'

// The row of this workgroup. A folded grid may have a few groups too many: they repeat the last row, so that every barrier is reached by all.
const ROW = `  let row = min(workgroupIndex(wid, groups), p.rows - 1u);
  let base = row * p.length;`

const strideOf = (threads: number) => (body: string) => `  for (var i = local; i < p.length; i += ${threads}u) { ${body} }`

/** Two passes over the row: mean, then variance around it. */
export function layerNorm(meeting: Meeting): Shader {
  const threads = meetingThreads(meeting)
  const stride = strideOf(threads)
  return shader({
    name: 'layerNorm',
    params: { rows: 'u32', length: 'u32', eps: 'f32' },
    bindings: { x: { type: 'f32' }, gamma: { type: 'f32' }, beta: { type: 'f32' }, out: { type: 'f32', access: 'read_write' } },
    ...meetingWorkgroup(meeting),
    declarations: total(meeting),
    main: `${ROW}
  var sum = 0.0;
${stride('sum += x[base + i];')}
  let mean = total(local, sum) / f32(p.length);
  var squares = 0.0;
${stride('let d = x[base + i] - mean; squares += d * d;')}
  let scale = inverseSqrt(total(local, squares) / f32(p.length) + p.eps);
${stride('out[base + i] = (x[base + i] - mean) * scale * gamma[i] + beta[i];')}`,
  })
}

/** exp(x − max)/Σ; with `stats`, each row's maximum and sum are kept for `attention-map` at statsOffset. */
export function softmax(stats: boolean, meeting: Meeting): Shader {
  const threads = meetingThreads(meeting)
  const stride = strideOf(threads)
  return shader({
    name: 'softmax',
    params: { rows: 'u32', length: 'u32', causalFrom: 'i32', statsOffset: 'u32' },
    bindings: {
      x: { type: 'f32' },
      out: { type: 'f32', access: 'read_write' },
      ...(stats ? { stats: { type: 'f32', access: 'read_write' } as const } : {}),
    },
    ...meetingWorkgroup(meeting),
    declarations: `${total(meeting)}\n${largest(meeting)}
// causalFrom ≥ 0: row r sees entries 0 … causalFrom + r.
fn seen(row: u32) -> u32 { return select(p.length, min(p.length, u32(p.causalFrom) + row + 1u), p.causalFrom >= 0); }`,
    main: `${ROW}
  let visible = seen(row);
  var top = -3.0e38;
${stride('if (i < visible) { top = max(top, x[base + i]); }')}
  top = largest(local, top);
  var sum = 0.0;
${stride('if (i < visible) { sum += exp(x[base + i] - top); }')}
  sum = total(local, sum);
${stride('if (i < visible) { out[base + i] = exp(x[base + i] - top) / sum; } else { out[base + i] = 0.0; }')}
${stats ? '  if (local == 0u) { stats[p.statsOffset + row * 2u] = top; stats[p.statsOffset + row * 2u + 1u] = sum; }' : ''}`,
  })
}

export function rowDot(meeting: Meeting): Shader {
  const threads = meetingThreads(meeting)
  const stride = strideOf(threads)
  return shader({
    name: 'rowDot',
    params: { rows: 'u32', length: 'u32' },
    bindings: { a: { type: 'f32' }, b: { type: 'f32' }, out: { type: 'f32', access: 'read_write' } },
    ...meetingWorkgroup(meeting),
    declarations: total(meeting),
    main: `${ROW}
  var sum = 0.0;
${stride('sum += a[base + i] * b[base + i];')}
  sum = total(local, sum);
  if (local == 0u) { out[row] = sum; }`,
  })
}

/** x [outer, length, inner] → [outer, inner]; `rows` = outer · inner. */
export function reduce(fn: Reduction, meeting: Meeting): Shader {
  const threads = meetingThreads(meeting)
  const stride = strideOf(threads)
  const arg = fn === 'argmax' || fn === 'argmin'
  const smaller = fn === 'min' || fn === 'argmin'
  const better = (a: string, b: string) => `${a} ${smaller ? '<' : '>'} ${b}`
  const at = '  let at = (row / p.inner) * p.length * p.inner + row % p.inner;'
  const shared = {
    name: `reduce ${fn}`,
    params: { rows: 'u32', length: 'u32', inner: 'u32' },
    bindings: { x: { type: 'f32' }, out: { type: arg ? 'i32' : 'f32', access: 'read_write' } },
    ...meetingWorkgroup(meeting),
  } as const
  const row = '  let row = min(workgroupIndex(wid, groups), p.rows - 1u);'
  if (fn === 'sum' || fn === 'mean')
    return shader({
      ...shared,
      declarations: total(meeting),
      main: `${row}\n${at}
  var sum = 0.0;
${stride('sum += x[at + i * p.inner];')}
  sum = total(local, sum);
  if (local == 0u) { out[row] = sum${fn === 'mean' ? ' / f32(p.length)' : ''}; }`,
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
