/**
 * @file The GEMM core for adapters whose subgroups exchange values cheaply and whose loads are dear
 * (`gemm-operands` says what it computes).
 *
 * No workgroup memory. Threads lie along n; a thread keeps `rows` × `columns` results, and all
 * threads of a workgroup share the rows. `lanes` threads of a subgroup each read one of the next
 * `lanes` numbers of a row of A, and `subgroupBroadcast` hands each to all: a row costs one load
 * per `lanes` multiply-adds of k. Of B a thread reads its own columns. On a CPU, where every lane
 * of a load is an access of its own, that is a quarter of what tiles in workgroup memory cost.
 *
 * Needs subgroups of at least `lanes` threads. Where k has a *tail* that fills no further `lanes`,
 * lanes past the end multiply the last numbers of B by zero.
 */
import { activation } from './activation.ts'
import { multiplyBroadcast } from './broadcast.ts'
import { type Operands, productInterface, resultColumns } from './gemm-operands.ts'
import { rolledRows, type Shader, shader, unroll } from './wgsl.ts'

export interface BroadcastVariant extends Operands {
  /** Threads of a workgroup, at least `lanes`. */
  threads: number
  rows: number
  /** Columns of B of a thread: its columns of the result lie `threads` apart. */
  columns: number
  lanes: 4 | 8
  tail: boolean
  /** B is [n, k] and bound as vec4. */
  vecB: boolean
}

export function gemmBroadcast(v: BroadcastVariant): Shader {
  const { threads, rows, columns, lanes } = v
  const results = resultColumns(v)
  const eachColumn = (line: (c: number) => string) => unroll(columns, line)
  const eachResult = (line: (c: number) => string) => unroll(results, line)
  /** The column of B and of the bias that register c sums up. */
  const source = (c: number) => `min(n${c % results}, p.n - 1u)${c < results ? '' : ' + p.n'}`
  const row = (i: number) => `min(firstM + ${i}u, p.m - 1u)`

  // Where row i of A begins, for this lane. Gathered: `y`, `x` are worked out once, the tap's pixel
  // once a tap; outside the image there are zeros.
  const prepareA = v.gather
    ? unroll(
        rows,
        (i) => `  let pixel${i} = ${row(i)} % p.outPixels;
  let image${i} = ${row(i)} / p.outPixels * u32(p.height);
  let y${i} = i32(pixel${i} / p.outWidth) * p.stride - p.top;
  let x${i} = i32(pixel${i} % p.outWidth) * p.stride - p.left;`,
      )
    : unroll(rows, (i) => `  let a${i} = p.aOffset + batch * p.aBatch + ${row(i)} * p.aStride + own;`)
  const prepareTap = unroll(
    rows,
    (i) => `    let iy${i} = y${i} + ky; let ix${i} = x${i} + kx;
    let inside${i} = iy${i} >= 0 && iy${i} < p.height && ix${i} >= 0 && ix${i} < p.width;
    let a${i} = select(0u, ((image${i} + u32(iy${i})) * u32(p.width) + u32(ix${i})) * p.k, inside${i}) + own;`,
  )
  const counts = (i: number) => [v.gather ? `inside${i}` : '', v.tail ? 'c0 + own < p.k' : ''].filter(Boolean).join(' && ')
  const loadA = (i: number) => `let v${i} = ${counts(i) ? `select(0.0, load_a(a${i} + c0), ${counts(i)})` : `load_a(a${i} + c0)`};`

  // B's numbers for k = c0 … c0 + lanes − 1 of column c: vec4s along k, or one by one.
  const prepareB = v.transposeB
    ? eachColumn((c) => `  let b${c} = p.bOffset + batch * p.bBatch + (${source(c)}) * p.bStride;`)
    : eachColumn((c) => `  let b${c} = p.bOffset + batch * p.bBatch + ${source(c)};`)
  const numberOfB = (c: number, j: number) => {
    const k = v.tail ? `min(c0 + ${j}u, p.k - 1u)` : `c0 + ${j}u`
    return v.transposeB ? `b${c} + tapK + ${k}` : `b${c} + (${k}) * p.bStride`
  }
  const loadB = (c: number) =>
    unroll(lanes / 4, (q) =>
      v.vecB
        ? `      let w${c}_${q} = load4_b((b${c} + tapK + c0 + ${4 * q}u) >> 2u);`
        : `      let w${c}_${q} = vec4<f32>(${unroll(4, (j) => `load_b(${numberOfB(c, 4 * q + j)})`, ', ')});`,
    )

  const step = `${unroll(rows, (i) => `      ${loadA(i)}`)}
${eachColumn(loadB)}
${multiplyBroadcast('acc', v)}`
  const loop = v.gather
    ? `  for (var tap = 0u; tap < p.taps; tap++) {
    let ky = i32(tap / p.kw); let kx = i32(tap % p.kw);
    let tapK = tap * p.k;
${prepareTap}
    for (var c0 = 0u; c0 < p.k; c0 += ${lanes}u) {
${step}
    }
  }`
    : `  let tapK = 0u;
  for (var c0 = 0u; c0 < p.k; c0 += ${lanes}u) {
${step}
  }`

  const epilogue = rolledRows(
    'm',
    Array.from({ length: columns }, (_, c) => `acc${c}_`),
    `    let m = firstM + i;
    if (m < p.m) {
${eachResult(
  (c) => `      if (n${c} < p.n) {
      let at = p.outOffset + batch * p.outBatch + m * p.outStride + n${c};
      var value = acc${c}_0 * p.alpha + bias${c};
${v.gather ? `      if (p.hasPerImage != 0u) { value += perImage[(m / p.outPixels) * p.n + n${c}]; }` : ''}
      value = ${v.gated ? `value * activate(acc${c + results}_0 * p.alpha + bias${c + results})` : 'activate(value)'};
      if (p.hasResidual != 0u) { value += residual[at]; }
      out[at] = value;
      }`,
)}
    }`,
    rows,
  )

  return shader({
    ...productInterface(v, { vecA: false, vecB: v.vecB, vecOut: false }),
    subgroups: true,
    workgroup: [threads],
    declarations: activation(v.activation, 'f32'),
    main: `  let index = workgroupIndex(wid, groups);
  let firstM = (index / p.tilesN) * ${rows}u;
  let batch = wid.z;
  let own = lane & ${lanes - 1}u;
${eachResult((c) => `  let n${c} = (index % p.tilesN) * ${threads * results}u + local + ${c * threads}u;`)}
${prepareA}
${prepareB}
${unroll(rows, (i) => eachColumn((c) => `  var acc${c}_${i} = 0.0;`))}
${loop}
${eachColumn((c) => `  var bias${c} = 0.0;\n  if (p.hasBias != 0u) { bias${c} = bias[${source(c)}]; }`)}
${epilogue}`,
  })
}
