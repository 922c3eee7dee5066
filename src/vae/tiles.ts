/**
 * @file Encoding a picture in overlapping tiles, for pictures whose finest activations exceed what
 * a device binds. Neighbouring tiles are blended linearly where they overlap, as diffusers'
 * `tiled_encode` does it.
 *
 * This approximates encoding in one piece: group norms and the attention in the middle see one tile
 * each.
 */
import { release, slice, Tensor } from '../tensor/index.ts'
import type { Vae } from './vae.ts'

/** Share of a tile that overlaps the next one. */
const OVERLAP = 0.25

/** The mean latent of a tile, row-major. */
interface Tile {
  h: number
  w: number
  values: Float32Array
}

/**
 * The largest tile, in pixels a side, whose activations fit a tensor of that many bytes: from 4
 * latent cells to 512 pixels, which Stable Diffusion's VAEs are trained on.
 */
export function tileSide(vae: Vae, maxTensorBytes: number): number {
  const unit = 4 * vae.factor
  const units = Math.floor(Math.sqrt(maxTensorBytes / (4 * vae.config.channels[0])) / unit)
  return Math.min(512, Math.max(1, units) * unit)
}

/**
 * The mean of the latent distribution of a picture, tile by tile.
 * @param image [1, H, W, 3] in −1 … 1; sides are multiples of the VAE's factor
 * @param side of a tile in pixels, a multiple of 4 latent cells
 * @returns [1, h, w, latent channels]; the caller disposes it
 */
export async function encodeTiled(vae: Vae, image: Tensor, side: number): Promise<Tensor> {
  const [, height, width] = image.shape
  const channels = vae.config.latentChannels
  const stride = Math.floor(side * (1 - OVERLAP))
  const blend = Math.floor((side / vae.factor) * OVERLAP)
  const kept = side / vae.factor - blend
  const [h, w] = [height / vae.factor, width / vae.factor]
  const out = new Float32Array(h * w * channels)
  let above: Tile[] = []
  for (let y = 0, row = 0; y < height; y += stride, row += kept) {
    const line: Tile[] = []
    for (let x = 0, column = 0; x < width; x += stride, column += kept) {
      const tile = await encodeOne(vae, image, { y, x, h: Math.min(side, height - y), w: Math.min(side, width - x) })
      const [up, left] = [above[line.length], line.at(-1)]
      if (up) blendDown(up, tile, blend, channels)
      if (left) blendRight(left, tile, blend, channels)
      line.push(tile)
      for (let r = 0; r < Math.min(kept, tile.h); r++) {
        const from = tile.values.subarray(r * tile.w * channels, (r * tile.w + Math.min(kept, tile.w)) * channels)
        out.set(from, ((row + r) * w + column) * channels)
      }
    }
    above = line
  }
  return Tensor.from(image.backend, out, [1, h, w, channels], 'latent')
}

async function encodeOne(vae: Vae, image: Tensor, at: { y: number; x: number; h: number; w: number }): Promise<Tile> {
  const rows = slice(image, 1, at.y, at.h)
  const piece = slice(rows, 2, at.x, at.w)
  const { mean, logvar } = vae.encode(piece)
  const [, h, w] = mean.shape
  const values = await mean.floats()
  release(rows, piece, mean, logvar)
  return { h, w, values }
}

/** The first rows of `tile` fade over from the last rows of the tile above it. */
function blendDown(above: Tile, tile: Tile, extent: number, channels: number): void {
  const rows = Math.min(above.h, tile.h, extent)
  const length = tile.w * channels
  for (let y = 0; y < rows; y++)
    for (let i = 0; i < length; i++) {
      const at = y * length + i
      tile.values[at] = above.values[(above.h - rows + y) * length + i] * (1 - y / rows) + tile.values[at] * (y / rows)
    }
}

/** The first columns of `tile` fade over from the last columns of the tile to its left. */
function blendRight(left: Tile, tile: Tile, extent: number, channels: number): void {
  const columns = Math.min(left.w, tile.w, extent)
  for (let y = 0; y < tile.h; y++)
    for (let x = 0; x < columns; x++)
      for (let c = 0; c < channels; c++) {
        const at = (y * tile.w + x) * channels + c
        const from = left.values[(y * left.w + left.w - columns + x) * channels + c]
        tile.values[at] = from * (1 - x / columns) + tile.values[at] * (x / columns)
      }
}
