/**
 * @file 3×3 convolutions of stride 1 by Winograd's minimal filtering: three kernels that transform
 * filters, tiles of the image, and products; between them a batch of matrix products.
 */
import type { Activation } from '../tensor/backend.ts'
import { FAR, NEAR } from '../toom-cook.ts'
import { activation } from './activation.ts'
import { each } from './each.ts'
import { type Kernel, kernel, type Shader } from './kernel.ts'

/** The points, and the powers of them that the kernels multiply by. */
const points = /* wgsl */ `
const NEAR = ${NEAR};
const FAR = ${FAR};
const NEAR2 = NEAR * NEAR;
const FAR2 = FAR * FAR;
`

const filtersText = /* wgsl */ `
// Winograd's F(4×4, 3×3), first kernel: filters (Lavin and Gray, arXiv 1509.09308).
//
// A tile of 4×4 results takes 36 multiplications instead of 144. Of its 6×6 pixels d and a filter g
// it is
//
//   Y = Aᵀ · [(G · g · Gᵀ) ⊙ (Bᵀ · d · B)] · A
//
//   filters [O, 3, 3, C] ── G·g·Gᵀ ──▶ [36, O, C] ────┐  36 products
//                                                     ├──▶ [36, tiles, O] ── Aᵀ·m·A ──▶ result
//   pixels [N, H, W, C] ─── Bᵀ·d·B ──▶ [36, tiles, C] ┘
//
// The matrices are those of Toom and Cook for polynomials through 0, ±NEAR, ±FAR and ∞
// (src/toom-cook.ts). This kernel makes u = G · g · Gᵀ.
//
// A thread has a channel of a filter, and keeps its 9 numbers and 18 of the first product.

//#import points

const BY_ZERO = 1.0 / (NEAR2 * FAR2);
const BY_NEAR = 1.0 / (2.0 * NEAR2 * (NEAR2 - FAR2));
const BY_FAR = 1.0 / (2.0 * FAR2 * (FAR2 - NEAR2));
const PACKED = false; // weight holds f16 in pairs
alias Stored = f32;

struct Params {
  size: u32, // filters · channels
  channels: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> weight: array<Stored>; // weight [O, 3, 3, C]
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // out [36, O, C]

// G · g
fn transform(g: array<f32, 3>) -> array<f32, 6> {
  let near = BY_NEAR * g[0] + BY_NEAR * NEAR2 * g[2];
  let nearOdd = BY_NEAR * NEAR * g[1];
  let far = BY_FAR * g[0] + BY_FAR * FAR2 * g[2];
  let farOdd = BY_FAR * FAR * g[1];
  return array<f32, 6>(BY_ZERO * g[0], near + nearOdd, near - nearOdd, far + farOdd, far - farOdd, g[2]);
}

fn numberOf(i: u32) -> f32 {
  //#if PACKED
  return unpack2x16float(weight[i / 2u])[i % 2u];
  //#else
  return weight[i];
  //#end
}

fn each(i: u32) {
  // 1 load the filter's columns and transform them: G · g
  let at = i / p.channels * 9u * p.channels + i % p.channels;
  var half: array<array<f32, 6>, 3>; // [x][point]
  //#unroll
  for (var x = 0u; x < 3u; x++) {
    half[x] = transform(array<f32, 3>(
      numberOf(at + x * p.channels), numberOf(at + (3u + x) * p.channels), numberOf(at + (6u + x) * p.channels),
    ));
  }

  // 2 transform the rows, (G · g) · Gᵀ, and store each point's number where its product wants it
  //#unroll
  for (var y = 0u; y < 6u; y++) {
    let u = transform(array<f32, 3>(half[0][y], half[1][y], half[2][y]));
    for (var x = 0u; x < 6u; x++) { out[(y * 6u + x) * p.size + i] = u[x]; }
  }
}

//#import each
`

const tilesText = /* wgsl */ `
// Winograd's F(4×4, 3×3), second kernel: tiles of the image, v = Bᵀ · d · B.
//
//        tileX − left
//     ┌─────┼───────────┐     A tile reads 6×6 pixels and makes 4×4: neighbours overlap by two.
//     │ · · · · · ·     │     What lies outside the image is 0.
//     │ · ▒ ▒ ▒ ▒ ·     │
//     │ · ▒ ▒ ▒ ▒ ·     │     A thread has a channel of a tile, and keeps its 36 numbers. Threads
//     │ · ▒ ▒ ▒ ▒ ·     │     beside each other have neighbouring channels, which lie side by side
//     │ · ▒ ▒ ▒ ▒ ·     │     in memory.
//     │ · · · · · ·     │
//     └─────────────────┘

//#import points

struct Params {
  size: u32, // tiles · channels
  channels: u32,
  firstTile: u32, // of this chunk
  tilesX: u32, // tiles of a row of the image
  tilesY: u32, // and of a column
  height: u32,
  width: u32,
  top: u32, // padding
  left: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> pixels: array<f32>; // pixels [N, H, W, C]
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // out [36, tiles, C]

// Bᵀ · d
fn transform(d: array<f32, 6>) -> array<f32, 6> {
  let near = d[4] - FAR2 * d[2];
  let nearOdd = NEAR * (d[3] - FAR2 * d[1]);
  let far = d[4] - NEAR2 * d[2];
  let farOdd = FAR * (d[3] - NEAR2 * d[1]);
  return array<f32, 6>(
    NEAR2 * FAR2 * d[0] - (NEAR2 + FAR2) * d[2] + d[4],
    near + nearOdd, near - nearOdd,
    far + farOdd, far - farOdd,
    NEAR2 * FAR2 * d[1] - (NEAR2 + FAR2) * d[3] + d[5],
  );
}

fn each(i: u32) {
  // 1 where the tile lies
  let tile = p.firstTile + i / p.channels;
  let channel = i % p.channels;
  let image = tile / (p.tilesX * p.tilesY);
  let firstY = i32(tile / p.tilesX % p.tilesY * 4u) - i32(p.top);
  let firstX = i32(tile % p.tilesX * 4u) - i32(p.left);

  // 2 load its pixels; zeros outside
  var d: array<array<f32, 6>, 6>; // [x][y]
  //#unroll
  for (var y = 0u; y < 6u; y++) {
    let row = firstY + i32(y);
    let inRow = row >= 0 && row < i32(p.height);
    let at = (image * p.height + u32(max(row, 0))) * p.width;
    for (var x = 0u; x < 6u; x++) {
      let column = firstX + i32(x);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[x][y] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
  }

  // 3 columns: Bᵀ · d
  var half: array<array<f32, 6>, 6>; // [x][point]
  //#unroll
  for (var x = 0u; x < 6u; x++) { half[x] = transform(d[x]); }

  // 4 rows: (Bᵀ · d) · B
  //#unroll
  for (var y = 0u; y < 6u; y++) {
    let v = transform(array<f32, 6>(half[0][y], half[1][y], half[2][y], half[3][y], half[4][y], half[5][y]));
    for (var x = 0u; x < 6u; x++) { out[(y * 6u + x) * p.size + i] = v[x]; }
  }
}

//#import each
`

const resultsText = /* wgsl */ `
// Winograd's F(4×4, 3×3), last kernel: results,
//
//   y = activation(Aᵀ · m · A + bias + perImage) + residual
//
// A thread has a channel of a tile: 36 products in, 4×4 pixels out. What is absent is not read.

//#import points

alias Value = vec4<f32>;

struct Params {
  size: u32, // tiles · channels
  channels: u32, // of the result: O
  firstTile: u32, // of this chunk
  tilesX: u32, // tiles of a row of the image
  tilesY: u32, // and of a column
  height: u32, // of the result
  width: u32,
  hasBias: u32,
  hasPerImage: u32,
  hasResidual: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> products: array<f32>; // products [36, tiles, O]
@group(0) @binding(2) var<storage, read> bias: array<f32>; // bias [O]
@group(0) @binding(3) var<storage, read> perImage: array<f32>; // perImage [N, O]
@group(0) @binding(4) var<storage, read> residual: array<f32>; // residual [N, H, W, O]
@group(0) @binding(5) var<storage, read_write> out: array<f32>; // out [N, H, W, O]

//#import activation

// Aᵀ · m
fn transform(m: array<f32, 6>) -> array<f32, 4> {
  let near = m[1] + m[2];
  let nearOdd = m[1] - m[2];
  let far = m[3] + m[4];
  let farOdd = m[3] - m[4];
  return array<f32, 4>(
    m[0] + near + far,
    NEAR * nearOdd + FAR * farOdd,
    NEAR2 * near + FAR2 * far,
    NEAR2 * NEAR * nearOdd + FAR2 * FAR * farOdd + m[5],
  );
}

fn each(i: u32) {
  // 1 where the tile lies
  let tile = p.firstTile + i / p.channels;
  let channel = i % p.channels;
  let image = tile / (p.tilesX * p.tilesY);
  let firstY = tile / p.tilesX % p.tilesY * 4u;
  let firstX = tile % p.tilesX * 4u;

  // 2 load the products, column by column: Aᵀ · m
  var half: array<array<f32, 4>, 6>; // [x][y]
  //#unroll
  for (var x = 0u; x < 6u; x++) {
    var column: array<f32, 6>;
    for (var y = 0u; y < 6u; y++) { column[y] = products[(y * 6u + x) * p.size + i]; }
    half[x] = transform(column);
  }

  // 3 rows, (Aᵀ · m) · A, and store them
  var added = 0.0;
  if (p.hasBias != 0u) { added += bias[channel]; }
  if (p.hasPerImage != 0u) { added += perImage[image * p.channels + channel]; }
  //#unroll
  for (var y = 0u; y < 4u; y++) {
    let row = transform(array<f32, 6>(half[0][y], half[1][y], half[2][y], half[3][y], half[4][y], half[5][y]));
    storeRow(vec4<f32>(row[0], row[1], row[2], row[3]) + added, firstY + y, firstX, image, channel);
  }
}

// Finishes and stores the pixels of a row that lie in the image.
fn storeRow(row: vec4<f32>, y: u32, firstX: u32, image: u32, channel: u32) {
  if (y >= p.height) { return; }
  var at = ((image * p.height + y) * p.width + firstX) * p.channels + channel;
  let value = activate(row);
  for (var x = 0u; x < min(4u, p.width - firstX); x++) {
    var number = value[x];
    if (p.hasResidual != 0u) { number += residual[at]; }
    out[at] = number;
    at += p.channels;
  }
}

//#import each
`

const filters: Kernel = kernel({ name: 'winograd filters', text: filtersText, imports: { each, points } })
const tiles: Kernel = kernel({ name: 'winograd tiles', text: tilesText, imports: { each, points } })
const results: Kernel = kernel({ name: 'winograd results', text: resultsText, imports: { each, points, activation } })

/** weight [O, 3, 3, C] → out [36, O, C]. A thread a channel of a filter. */
export function transformFilters(type: 'f32' | 'f16'): Shader {
  return filters({ PACKED: type === 'f16', Stored: type === 'f16' ? 'u32' : 'f32' })
}

/** x [N, H, W, C] → out [36, tiles, C]. A thread a channel of a tile. */
export function transformTiles(): Shader {
  return tiles()
}

/** products [36, tiles, O] → out [N, H, W, O]. A thread a channel of a tile. */
export function transformResults(name: Activation): Shader {
  return results({ ACTIVATION: name })
}
