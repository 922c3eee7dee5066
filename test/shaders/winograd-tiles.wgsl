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

const NEAR = 0.75;
const FAR = 1.5;
const NEAR2 = NEAR * NEAR;
const FAR2 = FAR * FAR;

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
  {
    let row = firstY + i32(0u);
    let inRow = row >= 0 && row < i32(p.height);
    let at = (image * p.height + u32(max(row, 0))) * p.width;
    {
      let column = firstX + i32(0u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[0][0] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(1u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[1][0] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(2u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[2][0] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(3u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[3][0] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(4u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[4][0] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(5u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[5][0] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
  }
  {
    let row = firstY + i32(1u);
    let inRow = row >= 0 && row < i32(p.height);
    let at = (image * p.height + u32(max(row, 0))) * p.width;
    {
      let column = firstX + i32(0u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[0][1] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(1u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[1][1] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(2u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[2][1] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(3u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[3][1] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(4u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[4][1] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(5u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[5][1] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
  }
  {
    let row = firstY + i32(2u);
    let inRow = row >= 0 && row < i32(p.height);
    let at = (image * p.height + u32(max(row, 0))) * p.width;
    {
      let column = firstX + i32(0u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[0][2] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(1u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[1][2] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(2u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[2][2] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(3u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[3][2] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(4u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[4][2] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(5u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[5][2] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
  }
  {
    let row = firstY + i32(3u);
    let inRow = row >= 0 && row < i32(p.height);
    let at = (image * p.height + u32(max(row, 0))) * p.width;
    {
      let column = firstX + i32(0u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[0][3] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(1u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[1][3] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(2u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[2][3] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(3u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[3][3] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(4u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[4][3] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(5u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[5][3] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
  }
  {
    let row = firstY + i32(4u);
    let inRow = row >= 0 && row < i32(p.height);
    let at = (image * p.height + u32(max(row, 0))) * p.width;
    {
      let column = firstX + i32(0u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[0][4] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(1u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[1][4] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(2u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[2][4] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(3u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[3][4] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(4u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[4][4] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(5u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[5][4] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
  }
  {
    let row = firstY + i32(5u);
    let inRow = row >= 0 && row < i32(p.height);
    let at = (image * p.height + u32(max(row, 0))) * p.width;
    {
      let column = firstX + i32(0u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[0][5] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(1u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[1][5] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(2u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[2][5] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(3u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[3][5] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(4u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[4][5] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
    {
      let column = firstX + i32(5u);
      let inside = inRow && column >= 0 && column < i32(p.width);
      d[5][5] = select(0.0, pixels[(at + u32(max(column, 0))) * p.channels + channel], inside);
    }
  }

  // 3 columns: Bᵀ · d
  var half: array<array<f32, 6>, 6>; // [x][point]
  half[0] = transform(d[0]);
  half[1] = transform(d[1]);
  half[2] = transform(d[2]);
  half[3] = transform(d[3]);
  half[4] = transform(d[4]);
  half[5] = transform(d[5]);

  // 4 rows: (Bᵀ · d) · B
  {
    let v = transform(array<f32, 6>(half[0][0], half[1][0], half[2][0], half[3][0], half[4][0], half[5][0]));
    out[i] = v[0];
    out[p.size + i] = v[1];
    out[2u * p.size + i] = v[2];
    out[3u * p.size + i] = v[3];
    out[4u * p.size + i] = v[4];
    out[5u * p.size + i] = v[5];
  }
  {
    let v = transform(array<f32, 6>(half[0][1], half[1][1], half[2][1], half[3][1], half[4][1], half[5][1]));
    out[6u * p.size + i] = v[0];
    out[7u * p.size + i] = v[1];
    out[8u * p.size + i] = v[2];
    out[9u * p.size + i] = v[3];
    out[10u * p.size + i] = v[4];
    out[11u * p.size + i] = v[5];
  }
  {
    let v = transform(array<f32, 6>(half[0][2], half[1][2], half[2][2], half[3][2], half[4][2], half[5][2]));
    out[12u * p.size + i] = v[0];
    out[13u * p.size + i] = v[1];
    out[14u * p.size + i] = v[2];
    out[15u * p.size + i] = v[3];
    out[16u * p.size + i] = v[4];
    out[17u * p.size + i] = v[5];
  }
  {
    let v = transform(array<f32, 6>(half[0][3], half[1][3], half[2][3], half[3][3], half[4][3], half[5][3]));
    out[18u * p.size + i] = v[0];
    out[19u * p.size + i] = v[1];
    out[20u * p.size + i] = v[2];
    out[21u * p.size + i] = v[3];
    out[22u * p.size + i] = v[4];
    out[23u * p.size + i] = v[5];
  }
  {
    let v = transform(array<f32, 6>(half[0][4], half[1][4], half[2][4], half[3][4], half[4][4], half[5][4]));
    out[24u * p.size + i] = v[0];
    out[25u * p.size + i] = v[1];
    out[26u * p.size + i] = v[2];
    out[27u * p.size + i] = v[3];
    out[28u * p.size + i] = v[4];
    out[29u * p.size + i] = v[5];
  }
  {
    let v = transform(array<f32, 6>(half[0][5], half[1][5], half[2][5], half[3][5], half[4][5], half[5][5]));
    out[30u * p.size + i] = v[0];
    out[31u * p.size + i] = v[1];
    out[32u * p.size + i] = v[2];
    out[33u * p.size + i] = v[3];
    out[34u * p.size + i] = v[4];
    out[35u * p.size + i] = v[5];
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
