// Winograd's F(4×4, 3×3), last kernel: results,
//
//   y = activation(Aᵀ · m · A + bias + perImage) + residual
//
// A thread has a channel of a tile: 36 products in, 4×4 pixels out. What is absent is not read.

const NEAR = 0.75;
const FAR = 1.5;
const NEAR2 = NEAR * NEAR;
const FAR2 = FAR * FAR;

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

// Activations: silu x·σ(x), gelu x·Φ(x), its tanh approximation, quick-GELU x·σ(1.702 x).
// ACTIVATION = none
fn activate(x: Value) -> Value {
  return x;
}

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
  {
    var column: array<f32, 6>;
    column[0] = products[i];
    column[1] = products[6u * p.size + i];
    column[2] = products[12u * p.size + i];
    column[3] = products[18u * p.size + i];
    column[4] = products[24u * p.size + i];
    column[5] = products[30u * p.size + i];
    half[0] = transform(column);
  }
  {
    var column: array<f32, 6>;
    column[0] = products[p.size + i];
    column[1] = products[7u * p.size + i];
    column[2] = products[13u * p.size + i];
    column[3] = products[19u * p.size + i];
    column[4] = products[25u * p.size + i];
    column[5] = products[31u * p.size + i];
    half[1] = transform(column);
  }
  {
    var column: array<f32, 6>;
    column[0] = products[2u * p.size + i];
    column[1] = products[8u * p.size + i];
    column[2] = products[14u * p.size + i];
    column[3] = products[20u * p.size + i];
    column[4] = products[26u * p.size + i];
    column[5] = products[32u * p.size + i];
    half[2] = transform(column);
  }
  {
    var column: array<f32, 6>;
    column[0] = products[3u * p.size + i];
    column[1] = products[9u * p.size + i];
    column[2] = products[15u * p.size + i];
    column[3] = products[21u * p.size + i];
    column[4] = products[27u * p.size + i];
    column[5] = products[33u * p.size + i];
    half[3] = transform(column);
  }
  {
    var column: array<f32, 6>;
    column[0] = products[4u * p.size + i];
    column[1] = products[10u * p.size + i];
    column[2] = products[16u * p.size + i];
    column[3] = products[22u * p.size + i];
    column[4] = products[28u * p.size + i];
    column[5] = products[34u * p.size + i];
    half[4] = transform(column);
  }
  {
    var column: array<f32, 6>;
    column[0] = products[5u * p.size + i];
    column[1] = products[11u * p.size + i];
    column[2] = products[17u * p.size + i];
    column[3] = products[23u * p.size + i];
    column[4] = products[29u * p.size + i];
    column[5] = products[35u * p.size + i];
    half[5] = transform(column);
  }

  // 3 rows, (Aᵀ · m) · A, and store them
  var added = 0.0;
  if (p.hasBias != 0u) { added += bias[channel]; }
  if (p.hasPerImage != 0u) { added += perImage[image * p.channels + channel]; }
  {
    let row = transform(array<f32, 6>(half[0][0], half[1][0], half[2][0], half[3][0], half[4][0], half[5][0]));
    storeRow(vec4<f32>(row[0], row[1], row[2], row[3]) + added, firstY, firstX, image, channel);
  }
  {
    let row = transform(array<f32, 6>(half[0][1], half[1][1], half[2][1], half[3][1], half[4][1], half[5][1]));
    storeRow(vec4<f32>(row[0], row[1], row[2], row[3]) + added, firstY + 1u, firstX, image, channel);
  }
  {
    let row = transform(array<f32, 6>(half[0][2], half[1][2], half[2][2], half[3][2], half[4][2], half[5][2]));
    storeRow(vec4<f32>(row[0], row[1], row[2], row[3]) + added, firstY + 2u, firstX, image, channel);
  }
  {
    let row = transform(array<f32, 6>(half[0][3], half[1][3], half[2][3], half[3][3], half[4][3], half[5][3]));
    storeRow(vec4<f32>(row[0], row[1], row[2], row[3]) + added, firstY + 3u, firstX, image, channel);
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

// A thread a number of the result (or four): p.size threads in all.
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let i = (wid.x + wid.y * groups.x) * 64u + local;
  if (i < p.size) { each(i); }
}
