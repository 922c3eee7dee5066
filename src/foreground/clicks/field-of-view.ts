/**
 * @file The field of view of a picture: fundus cameras, dermatoscopes and endoscopes leave a black
 * frame around it, which is no background that an object lies on.
 */
import { components } from '../../pixels/components.ts'
import { erode } from '../../pixels/erode.ts'
import { gaussianBlur } from '../../pixels/gaussian-blur.ts'
import { type Mask, maskWhere } from '../../pixels/mask.ts'
import { fillHoles, labelsAtEdge } from '../../pixels/morphology.ts'
import type { Picture } from '../../pixels/picture.ts'
import { solidity } from '../../pixels/solidity.ts'

/** Samples below are black. */
const BLACK = 30
/** A frame takes at least this share of a picture, and leaves at least that one. */
const LEAST_FRAME = 0.01
const LEAST_FIELD = 0.3
/** A field of view is convex, as a disc, a square and what is between them are. */
const LEAST_SOLIDITY = 0.95

/** 1 inside the field of view, else 0; all 1 where there is no frame. */
export function fieldOfView({ width, height, data }: Picture): Uint8Array {
  const size = { width, height }
  const all = new Uint8Array(width * height).fill(1)
  const channels = [0, 1, 2].map((c) => gaussianBlur(all.map((_, i) => data[i * 3 + c]), width, height, 1))
  const dark = maskWhere({ ...size, data: all }, (_, i) => Math.max(channels[0][i], channels[1][i], channels[2][i]) < BLACK)
  const parts = components(dark, 4)
  const atEdge = labelsAtEdge(parts.labels, size)
  const rest = maskWhere({ ...size, data: parts.labels }, (label) => label === 0 || !atEdge.has(label))
  const share = (mask: Mask) => mask.data.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0) / all.length
  if (1 - share(rest) < LEAST_FRAME) return all
  const { labels, areas } = components(rest, 4)
  if (areas.length < 2) return all
  const largest = areas.indexOf(Math.max(...areas.subarray(1)), 1)
  const field = fillHoles(maskWhere({ ...size, data: labels }, (label) => label === largest))
  if (share(field) < LEAST_FIELD || solidity(field.data, width) < LEAST_SOLIDITY) return all
  return erode(erode(field)).data.map((value) => (value === 0 ? 0 : 1))
}
