/**
 * @file The GEMM core for every adapter (`gemm-operands` says what it computes): tiles of A and B
 * in workgroup memory.
 *
 * A workgroup computes a TILE_M × TILE_N block, every thread `rows` × 4·`columns` of it. Per step,
 * TILE_K columns of A and rows of B go through workgroup memory, each as vec4: A row-major along k,
 * B along n. Four rows and one column of vec4 suit small products and small devices: 8 vector loads
 * feed 16 vector multiply-adds; with eight and two, 16 loads feed 64.
 *
 * Weights are transposed on the way into workgroup memory. Lengths that are not multiples of 4 take
 * scalar, guarded loads instead of vec4 ones; the tile past an edge is filled with zeros.
 *
 * Few memory accesses in the text: a driver that compiles for a CPU spends 10 to 25 ms on every
 * scalar of every access, which is seconds a pipeline. So the epilogue is a loop over the thread's
 * rows.
 */
import { activation } from './activation.ts'
import { type Operands, productInterface, resultColumns, type Vectors } from './gemm-operands.ts'
import { rolledRows, runtimeBound, type Shader, shader, unroll } from './wgsl.ts'

export interface GemmVariant extends Operands, Vectors {
  /** Threads along m and n. */
  threadsM: number
  threadsN: number
  /**
   * Rows, and vec4 columns of B, that a thread keeps sums for: the tile is rows · threadsM × 4 ·
   * columns · threadsN.
   */
  rows: number
  columns: number
  tileK: number
}

export function gemm(v: GemmVariant): Shader {
  const { threadsM, threadsN, rows, columns, tileK } = v
  const tileM = threadsM * rows
  const tileN4 = threadsN * columns
  const size = threadsM * threadsN
  const k4 = tileK / 4
  const stored = v.half ? 'f16' : 'f32'
  const results = resultColumns(v)
  /** Columns of the result in a tile. */
  const width = 4 * results * threadsN
  const loadA4 = v.vecA
    ? `fn loadA4(at: u32, c: u32) -> vec4<f32> { return load4_a((at + c) >> 2u); }`
    : `fn loadA4(at: u32, c: u32) -> vec4<f32> {
  var r = vec4<f32>();
${unroll(4, (j) => `  if (c + ${j}u < p.k) { r[${j}] = load_a(at + c + ${j}u); }`)}
  return r;
}`
  // B as [n, k]: `at` is where the row's tap begins. B as [k, n]: `at` is where row k begins, c the
  // column.
  const limitB = v.transposeB ? 'p.k' : 'p.n'
  const loadB4 = v.vecB
    ? `fn loadB4(at: u32, c: u32) -> vec4<f32> { return load4_b((at + c) >> 2u); }`
    : `fn loadB4(at: u32, c: u32) -> vec4<f32> {
  var r = vec4<f32>();
${unroll(4, (j) => `  if (c + ${j}u < ${limitB}) { r[${j}] = load_b(at + c + ${j}u); }`)}
  return r;
}`

  // Thread `local` fills entries local, local + size, … of the A tile: row = entry / k4, column =
  // entry % k4. Where a row of an image lies is worked out once, since it takes divisions.
  const aEntries = tileM * k4
  const aLoads = v.gather ? aEntries / size : 0
  const prepareA = unroll(
    aLoads,
    (l) => `  let m${l} = tileM + (local + ${l * size}u) / ${k4}u;
  let image${l} = m${l} / p.outPixels;
  let pixel${l} = m${l} % p.outPixels;
  let y${l} = i32(pixel${l} / p.outWidth) * p.stride - p.top;
  let x${l} = i32(pixel${l} % p.outWidth) * p.stride - p.left;`,
  )
  const fillA = v.gather
    ? unroll(
        aLoads,
        (l) => `    {
      let entry = local + ${l * size}u;
      let c = c0 + (entry % ${k4}u) * 4u;
      let iy = y${l} + ky; let ix = x${l} + kx;
      var r = vec4<f32>();
      if (m${l} < p.m && c < p.k && iy >= 0 && iy < p.height && ix >= 0 && ix < p.width) {
        r = loadA4(((image${l} * u32(p.height) + u32(iy)) * u32(p.width) + u32(ix)) * p.k, c);
      }
      tileA[entry / ${k4}u][entry % ${k4}u] = r;
    }`,
      )
    : `    for (var entry = local; entry < ${aEntries > 2 * size ? runtimeBound(aEntries, 'm') : `${aEntries}u`}; entry += ${size}u) {
      let m = tileM + entry / ${k4}u;
      let c = c0 + (entry % ${k4}u) * 4u;
      var r = vec4<f32>();
      if (m < p.m && c < p.k) { r = loadA4(p.aOffset + batch * p.aBatch + m * p.aStride, c); }
      tileA[entry / ${k4}u][entry % ${k4}u] = r;
    }`
  const fillB = v.transposeB
    ? `    for (var entry = local; entry < ${tileN4 * tileK}u; entry += ${size}u) {
      let kk = (entry % ${k4}u) * 4u;
      let nn = entry / ${k4}u;
      let n = tileN + ${v.gated ? `nn % ${width}u` : 'nn'};
      var r = vec4<f32>();
      if (c0 + kk < p.k && n < p.n) { r = loadB4(atB + ${v.gated ? `select(n, n + p.n, nn >= ${width}u)` : 'n'} * p.bStride + tapK, c0 + kk); }
${unroll(4, (j) => `      tileB[kk + ${j}u][nn >> 2u][nn & 3u] = ${stored}(r[${j}]);`)}
    }`
    : `    for (var entry = local; entry < ${tileK * tileN4}u; entry += ${size}u) {
      let kk = entry / ${tileN4}u;
      let c = tileN + (entry % ${tileN4}u) * 4u;
      var r = vec4<f32>();
      if (c0 + kk < p.k && c < p.n) { r = loadB4(atB + (c0 + kk) * p.bStride, c); }
      tileB[kk][entry % ${tileN4}u] = vec4<${stored}>(r);
    }`

  const step = `    workgroupBarrier();
    for (var q = 0u; q < ${k4}u; q++) {
${unroll(4, (j) => unroll(columns, (c) => `      let b${j}_${c} = vec4<f32>(tileB[q * 4u + ${j}u][lid.x + ${c * threadsN}u]);`))}
${unroll(rows, (i) => `      let a${i} = tileA[lid.y * ${rows}u + ${i}u][q];\n${unroll(columns, (c) => `      acc${c}_${i} += a${i}.x * b0_${c} + a${i}.y * b1_${c} + a${i}.z * b2_${c} + a${i}.w * b3_${c};`)}`)}
    }
    workgroupBarrier();`
  const loop = v.gather
    ? `  for (var tap = 0u; tap < p.taps; tap++) {
    let ky = i32(tap / p.kw); let kx = i32(tap % p.kw);
    let tapK = tap * p.k;
    for (var c0 = 0u; c0 < p.k; c0 += ${tileK}u) {
${fillA}
${fillB}
${step}
    }
  }`
    : `  let tapK = 0u;
  for (var c0 = 0u; c0 < p.k; c0 += ${tileK}u) {
${fillA}
${fillB}
${step}
  }`

  const column = (c: number) => `n${c % results}`
  const four = (name: string, at: string, c: number) =>
    `vec4<f32>(${unroll(4, (j) => `${name}[${at}min(${column(c)} + ${j}u, p.n - 1u)]`, ', ')})`
  const sum = (c: number) => `acc${c}_0 * p.alpha + bias${c}`
  const store = (c: number) =>
    v.vecOut
      ? `      if (p.hasResidual != 0u) { value += residual[at >> 2u]; }
      out[at >> 2u] = value;`
      : unroll(
          4,
          (j) => `      if (${column(c)} + ${j}u < p.n) {
        if (p.hasResidual != 0u) { value[${j}] += residual[at + ${j}u]; }
        out[at + ${j}u] = value[${j}];
      }`,
        )
  const finish = (c: number) => `      if (${column(c)} < p.n) {
      let at = p.outOffset + batch * p.outBatch + m * p.outStride + ${column(c)};
      var value = ${sum(c)};
${v.gather ? `      if (p.hasPerImage != 0u) { value += ${four('perImage', '(m / p.outPixels) * p.n + ', c)}; }` : ''}
      value = ${v.gated ? `value * activate(${sum(c + results)})` : 'activate(value)'};
${store(c)}
      }`
  const epilogue = rolledRows(
    'm',
    Array.from({ length: columns }, (_, c) => `acc${c}_`),
    `    let m = tileM + lid.y * ${rows}u + i;
    if (m < p.m) {
${unroll(results, finish)}
    }`,
    rows,
  )

  return shader({
    ...productInterface(v, v),
    workgroup: [threadsN, threadsM],
    declarations: `${loadA4}
${loadB4}
${activation(v.activation, 'vec4<f32>')}
var<workgroup> tileA: array<array<vec4<f32>, ${k4}>, ${tileM}>;
var<workgroup> tileB: array<array<vec4<${stored}>, ${tileN4}>, ${tileK}>;`,
    main: `  let index = workgroupIndex(wid, groups);
  let tileM = (index / p.tilesN) * ${tileM}u;
  let tileN = (index % p.tilesN) * ${width}u;
  let batch = wid.z;
  let atB = p.bOffset + batch * p.bBatch;
${prepareA}
${unroll(rows, (i) => unroll(columns, (c) => `  var acc${c}_${i} = vec4<f32>();`))}
${loop}
${unroll(results, (c) => `  let ${column(c)} = tileN + (lid.x + ${c * threadsN}u) * 4u;`)}
${unroll(
  columns,
  (c) => `  var bias${c} = vec4<f32>();
  if (p.hasBias != 0u) { bias${c} = ${four('bias', c < results ? '' : 'p.n + ', c)}; }`,
)}
${epilogue}`,
  })
}
