/**
 * @file The one GEMM core: out[m,n] = activation(alpha · Σ A(m,k)·B(k,n) + bias[n] + perImage[image,n]) + residual[m,n].
 *
 * A workgroup computes a TILE_M × TILE_N block, every thread 4 × 4 of it. Per step, TILE_K columns of A and rows of B go through workgroup
 * memory, each as vec4: A row-major along k, B along n; 8 vector loads then feed 16 vector multiply-adds.
 *
 * Loaders. A is either dense, or gathered from an image (an implicit im2col): row m is an output pixel, and the reduction runs over the taps
 * (ky, kx) of the window outside and channels inside, so no index is ever divided in the loop, and a vec4 never crosses a tap. Dense is the case of
 * one tap. B is [n, k] row-major (weights; transposed on the way into workgroup memory) or [k, n].
 * Lengths that are not multiples of 4 take scalar, guarded loads instead of vec4 ones; the tile past an edge is filled with zeros.
 *
 * Few variants, and few memory accesses in the text of each: a driver that compiles for a CPU spends 10 to 25 ms on every scalar of every access, which is
 * seconds a pipeline. So what may be absent (bias, perImage, residual) is a uniform, and the epilogue is a loop over the thread's rows.
 */
import type { Activation } from '../tensor/backend.ts'
import { activation } from './activation.ts'
import { eachRow, opaque, type Shader, shader, unroll } from './wgsl.ts'

export interface GemmVariant {
  /** Threads along m and n: the tile is 4 times as large. */
  threadsM: number
  threadsN: number
  tileK: number
  gather: boolean
  transposeB: boolean
  bType: 'f32' | 'f16'
  /** Vec4 loads of A, of B; vec4 stores of the result. */
  vecA: boolean
  vecB: boolean
  vecOut: boolean
  activation: Activation
}

const GATHER_PARAMS = {
  taps: 'u32',
  kw: 'u32',
  height: 'i32',
  width: 'i32',
  outWidth: 'u32',
  outPixels: 'u32',
  stride: 'i32',
  top: 'i32',
  left: 'i32',
  hasPerImage: 'u32',
} as const

export function gemm(v: GemmVariant): Shader {
  const { threadsM, threadsN, tileK } = v
  const tileM = threadsM * 4
  const size = threadsM * threadsN
  const k4 = tileK / 4
  const loadA4 = v.vecA
    ? `fn loadA4(at: u32, c: u32) -> vec4<f32> { return load4_a((at + c) >> 2u); }`
    : `fn loadA4(at: u32, c: u32) -> vec4<f32> {
  var r = vec4<f32>();
${unroll(4, (j) => `  if (c + ${j}u < p.k) { r[${j}] = load_a(at + c + ${j}u); }`)}
  return r;
}`
  // B as [n, k]: `at` is where the row's tap begins. B as [k, n]: `at` is where row k begins, c the column.
  const limitB = v.transposeB ? 'p.k' : 'p.n'
  const loadB4 = v.vecB
    ? `fn loadB4(at: u32, c: u32) -> vec4<f32> { return load4_b((at + c) >> 2u); }`
    : `fn loadB4(at: u32, c: u32) -> vec4<f32> {
  var r = vec4<f32>();
${unroll(4, (j) => `  if (c + ${j}u < ${limitB}) { r[${j}] = load_b(at + c + ${j}u); }`)}
  return r;
}`

  // Thread `local` fills entries local, local + size, … of the A tile: row = entry / k4, column = entry % k4. Where a row of an image lies is worked out
  // once, since it takes divisions.
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
    : `    for (var entry = local; entry < ${aEntries > 2 * size ? opaque(aEntries, 'm') : `${aEntries}u`}; entry += ${size}u) {
      let m = tileM + entry / ${k4}u;
      let c = c0 + (entry % ${k4}u) * 4u;
      var r = vec4<f32>();
      if (m < p.m && c < p.k) { r = loadA4(p.aOffset + batch * p.aBatch + m * p.aStride, c); }
      tileA[entry / ${k4}u][entry % ${k4}u] = r;
    }`
  const fillB = v.transposeB
    ? `    for (var entry = local; entry < ${threadsN * tileK}u; entry += ${size}u) {
      let kk = (entry % ${k4}u) * 4u;
      let nn = entry / ${k4}u;
      var r = vec4<f32>();
      if (c0 + kk < p.k && tileN + nn < p.n) { r = loadB4(atB + (tileN + nn) * p.bStride + tapK, c0 + kk); }
${unroll(4, (j) => `      tileB[kk + ${j}u][nn >> 2u][nn & 3u] = r[${j}];`)}
    }`
    : `    for (var entry = local; entry < ${tileK * threadsN}u; entry += ${size}u) {
      let kk = entry / ${threadsN}u;
      let c = tileN + (entry % ${threadsN}u) * 4u;
      var r = vec4<f32>();
      if (c0 + kk < p.k && c < p.n) { r = loadB4(atB + (c0 + kk) * p.bStride, c); }
      tileB[kk][entry % ${threadsN}u] = r;
    }`

  const step = `    workgroupBarrier();
    for (var q = 0u; q < ${k4}u; q++) {
${unroll(4, (j) => `      let b${j} = tileB[q * 4u + ${j}u][lid.x];`)}
${unroll(4, (i) => `      let a${i} = tileA[lid.y * 4u + ${i}u][q];\n      acc${i} += a${i}.x * b0 + a${i}.y * b1 + a${i}.z * b2 + a${i}.w * b3;`)}
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

  const four = (name: string, at: string) => `vec4<f32>(${unroll(4, (j) => `${name}[${at}min(n + ${j}u, p.n - 1u)]`, ', ')})`
  const store = v.vecOut
    ? `      if (p.hasResidual != 0u) { value += residual[at >> 2u]; }
      out[at >> 2u] = value;`
    : unroll(
        4,
        (j) => `      if (n + ${j}u < p.n) {
        if (p.hasResidual != 0u) { value[${j}] += residual[at + ${j}u]; }
        out[at + ${j}u] = value[${j}];
      }`,
      )
  const epilogue = eachRow(
    'm',
    ['acc'],
    `    let m = tileM + lid.y * 4u + i;
    if (m < p.m) {
      let at = p.outOffset + batch * p.outBatch + m * p.outStride + n;
      var value = acc0 * p.alpha + biasValue;
${v.gather ? `      if (p.hasPerImage != 0u) { value += ${four('perImage', '(m / p.outPixels) * p.n + ')}; }` : ''}
      value = activate(value);
${store}
    }`,
  )

  return shader({
    name: v.gather ? 'conv2d' : 'matmul',
    params: {
      m: 'u32',
      n: 'u32',
      /** Dense: the reduced length. Gathered: channels. */
      k: 'u32',
      tilesN: 'u32',
      alpha: 'f32',
      aOffset: 'u32',
      aStride: 'u32',
      aBatch: 'u32',
      bOffset: 'u32',
      bStride: 'u32',
      bBatch: 'u32',
      outOffset: 'u32',
      outStride: 'u32',
      outBatch: 'u32',
      hasBias: 'u32',
      hasResidual: 'u32',
      ...(v.gather ? GATHER_PARAMS : {}),
    },
    // What is absent is bound to any buffer and not read.
    bindings: {
      a: { type: 'f32', vec4: v.vecA },
      b: { type: v.bType, vec4: v.vecB },
      out: { type: 'f32', vec4: v.vecOut, access: 'read_write' },
      bias: { type: 'f32' },
      residual: { type: 'f32', vec4: v.vecOut },
      ...(v.gather ? { perImage: { type: 'f32' } as const } : {}),
    },
    workgroup: [threadsN, threadsM],
    declarations: `${loadA4}
${loadB4}
${activation(v.activation, 'vec4<f32>')}
var<workgroup> tileA: array<array<vec4<f32>, ${k4}>, ${tileM}>;
var<workgroup> tileB: array<array<vec4<f32>, ${threadsN}>, ${tileK}>;`,
    main: `  let index = workgroupIndex(wid, groups);
  let tileM = (index / p.tilesN) * ${tileM}u;
  let tileN = (index % p.tilesN) * ${threadsN * 4}u;
  let batch = wid.z;
  let atB = p.bOffset + batch * p.bBatch;
${prepareA}
${unroll(4, (i) => `  var acc${i} = vec4<f32>();`)}
${loop}
  let n = tileN + lid.x * 4u;
  if (n >= p.n) { return; }
  var biasValue = vec4<f32>();
  if (p.hasBias != 0u) { biasValue = ${four('bias', '')}; }
${epilogue}`,
  })
}
