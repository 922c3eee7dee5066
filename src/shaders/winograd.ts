/**
 * @file 3×3 convolutions of stride 1 by Winograd's minimal filtering, F(4×4, 3×3): 36
 * multiplications a tile of 16 pixels instead of 144 (Lavin and Gray, arXiv 1509.09308).
 *
 * A tile of 6×6 input pixels d and a filter g give Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]·A. Three kernels
 * transform filters, tiles and results; between them, the sums over channels at each of the 36
 * *points* are a batch of matrix products. The matrices are those of Toom and Cook for polynomials
 * through 0, ±¾, ±3⁄2 and ∞, which lose fewer digits than ±1, ±2 would.
 */
import type { Activation } from '../tensor/backend.ts'
import { activation } from './activation.ts'
import { elementwise, type Shader, unroll } from './wgsl.ts'

/** Pixels of a tile's side, and of the side of what it reads. */
export const TILE = 4
const SIDE = TILE + 2
export const POINTS = SIDE * SIDE

type Transform = (v: readonly string[]) => string[]

/** Bᵀ·d */
const inputTransform: Transform = ([d0, d1, d2, d3, d4, d5]) => {
  const near = `(${d4} - 2.25 * ${d2})`
  const nearOdd = `0.75 * (${d3} - 2.25 * ${d1})`
  const far = `(${d4} - 0.5625 * ${d2})`
  const farOdd = `1.5 * (${d3} - 0.5625 * ${d1})`
  return [
    `1.265625 * ${d0} - 2.8125 * ${d2} + ${d4}`,
    `${near} + ${nearOdd}`,
    `${near} - ${nearOdd}`,
    `${far} + ${farOdd}`,
    `${far} - ${farOdd}`,
    `1.265625 * ${d1} - 2.8125 * ${d3} + ${d5}`,
  ]
}

/** G·g */
const filterTransform: Transform = ([g0, g1, g2]) => {
  const near = `(${-128 / 243} * ${g0} - ${8 / 27} * ${g2})`
  const far = `(${32 / 243} * ${g0} + ${8 / 27} * ${g2})`
  return [
    `${64 / 81} * ${g0}`,
    `${near} - ${32 / 81} * ${g1}`,
    `${near} + ${32 / 81} * ${g1}`,
    `${far} + ${16 / 81} * ${g1}`,
    `${far} - ${16 / 81} * ${g1}`,
    g2!,
  ]
}

/** Aᵀ·m */
const resultTransform: Transform = ([m0, m1, m2, m3, m4, m5]) => {
  const [near, nearOdd, far, farOdd] = [`(${m1} + ${m2})`, `(${m1} - ${m2})`, `(${m3} + ${m4})`, `(${m3} - ${m4})`]
  return [
    `${m0} + ${near} + ${far}`,
    `0.75 * ${nearOdd} + 1.5 * ${farOdd}`,
    `0.5625 * ${near} + 2.25 * ${far}`,
    `0.421875 * ${nearOdd} + 3.375 * ${farOdd} + ${m5}`,
  ]
}

/** Applies a transform to both axes of the registers FROM_y_x: declares TO_y_x. */
function bothAxes(transform: Transform, from: string, to: string, side: number): string {
  const indices = Array.from({ length: side }, (_, i) => i)
  const lines: string[] = []
  for (const x of indices)
    lines.push(...transform(indices.map((y) => `${from}_${y}_${x}`)).map((value, y) => `  let ${to}Half_${y}_${x} = ${value};`))
  const rows = transform(indices.map(String)).length
  for (let y = 0; y < rows; y++)
    lines.push(...transform(indices.map((x) => `${to}Half_${y}_${x}`)).map((value, x) => `  let ${to}_${y}_${x} = ${value};`))
  return lines.join('\n')
}

const square = (side: number, line: (y: number, x: number) => string) => unroll(side, (y) => unroll(side, (x) => line(y, x)))

/** Which tile an index means, and where its first output pixel lies. */
const TILE_POSITION = `  let tile = p.firstTile + i / p.channels;
  let channel = i % p.channels;
  let image = tile / (p.tilesX * p.tilesY);
  let tileY = tile / p.tilesX % p.tilesY * ${TILE}u;
  let tileX = tile % p.tilesX * ${TILE}u;`

const TILE_PARAMS = { channels: 'u32', firstTile: 'u32', tilesX: 'u32', tilesY: 'u32', height: 'u32', width: 'u32' } as const

/** weight [O, 3, 3, C] → out [36, O, C]. A thread a channel of a filter. */
export function transformFilters(type: 'f32' | 'f16'): Shader {
  return elementwise({
    name: 'winograd filters',
    params: { channels: 'u32' },
    bindings: { weight: { type }, out: { type: 'f32', access: 'read_write' } },
    main: `  let at = i / p.channels * 9u * p.channels + i % p.channels;
${square(3, (y, x) => `  let g_${y}_${x} = load_weight(at + ${y * 3 + x}u * p.channels);`)}
${bothAxes(filterTransform, 'g', 'u', 3)}
${square(SIDE, (y, x) => `  out[${y * SIDE + x}u * p.size + i] = u_${y}_${x};`)}`,
  })
}

/**
 * x [N, H, W, C] → out [36, tiles, C]. A thread a channel of a tile; pixels outside the image are
 * zeros.
 */
export function transformTiles(): Shader {
  return elementwise({
    name: 'winograd tiles',
    params: { ...TILE_PARAMS, top: 'u32', left: 'u32' },
    bindings: { x: { type: 'f32' }, out: { type: 'f32', access: 'read_write' } },
    main: `${TILE_POSITION}
${unroll(SIDE, (j) => `  let y${j} = i32(tileY + ${j}u) - i32(p.top); let x${j} = i32(tileX + ${j}u) - i32(p.left);`)}
${unroll(SIDE, (j) => `  let inY${j} = y${j} >= 0 && y${j} < i32(p.height); let inX${j} = x${j} >= 0 && x${j} < i32(p.width);`)}
${unroll(SIDE, (j) => `  let row${j} = (image * p.height + u32(max(y${j}, 0))) * p.width; let column${j} = u32(max(x${j}, 0));`)}
${square(SIDE, (y, x) => `  let d_${y}_${x} = select(0.0, x[(row${y} + column${x}) * p.channels + channel], inY${y} && inX${x});`)}
${bothAxes(inputTransform, 'd', 'v', SIDE)}
${square(SIDE, (y, x) => `  out[${y * SIDE + x}u * p.size + i] = v_${y}_${x};`)}`,
  })
}

/**
 * products [36, tiles, O] → out [N, H, W, O] = activation(Y + bias + perImage) + residual. A thread
 * a channel of a tile; what is absent is not read.
 */
export function transformResults(name: Activation): Shader {
  return elementwise({
    name: 'winograd results',
    params: { ...TILE_PARAMS, hasBias: 'u32', hasPerImage: 'u32', hasResidual: 'u32' },
    bindings: {
      products: { type: 'f32' },
      bias: { type: 'f32' },
      perImage: { type: 'f32' },
      residual: { type: 'f32' },
      out: { type: 'f32', access: 'read_write' },
    },
    declarations: `${activation(name, 'vec4<f32>')}
fn finish(value: vec4<f32>, y: u32, tileX: u32, image: u32, channel: u32) {
  if (y >= p.height) { return; }
  var at = ((image * p.height + y) * p.width + tileX) * p.channels + channel;
  let result = activate(value);
  for (var x = 0u; x < min(${TILE}u, p.width - tileX); x++) {
    var r = result[x];
    if (p.hasResidual != 0u) { r += residual[at]; }
    out[at] = r;
    at += p.channels;
  }
}`,
    main: `${TILE_POSITION}
${square(SIDE, (y, x) => `  let m_${y}_${x} = products[${y * SIDE + x}u * p.size + i];`)}
${bothAxes(resultTransform, 'm', 'r', SIDE)}
  var added = 0.0;
  if (p.hasBias != 0u) { added += bias[channel]; }
  if (p.hasPerImage != 0u) { added += perImage[image * p.channels + channel]; }
${unroll(TILE, (y) => `  finish(vec4<f32>(r_${y}_0, r_${y}_1, r_${y}_2, r_${y}_3) + added, tileY + ${y}u, tileX, image, channel);`)}`,
  })
}
