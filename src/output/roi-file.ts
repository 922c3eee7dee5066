/**
 * @file A file of ImageJ's own format of regions (`RoiEncoder` and `RoiDecoder` of ImageJ 1.53,
 * version 227), all numbers with the high byte first.
 *
 * One ring is a traced outline, whose corners are whole numbers of 16 bits. What has holes,
 * several parts, or corners beyond that is a composite: a path of 32-bit floats, which hold whole
 * numbers up to 2^24 exactly.
 */
import type { Ring } from '../pixels/outlines.ts'
import type { Shape } from './shapes.ts'

const VERSION = 227
const [RECTANGLE, TRACED] = [1, 8]
const [MOVE, LINE, CLOSE] = [0, 1, 4]
/** Bytes of the header, and of the second one behind the coordinates. */
const HEADER = 64
/** The largest coordinate and the most corners of a traced outline. */
const [LARGEST, MOST_CORNERS] = [2 ** 15 - 1, 2 ** 16 - 1]
/** The largest number that bounds may be, without a sign. */
const LARGEST_BOUND = 2 ** 16 - 1

interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

/** @param name what ImageJ shows */
export function encodeRoi({ polygons, colour }: Pick<Shape, 'polygons' | 'colour'>, name: string): Uint8Array {
  const rings = polygons.flat()
  const box = boxOf(rings)
  const isTraced = rings.length === 1 && rings[0].length / 2 - 1 <= MOST_CORNERS && Math.max(box.right, box.bottom) <= LARGEST
  const path = isTraced ? undefined : pathOf(rings)
  const corners = isTraced ? rings[0].length / 2 - 1 : 0
  const second = HEADER + (path ? 4 * path.length : 4 * corners)
  const view = new DataView(new ArrayBuffer(second + HEADER + 2 * name.length))
  for (const [i, letter] of [...'Iout'].entries()) view.setUint8(i, letter.charCodeAt(0))
  view.setUint16(4, VERSION)
  view.setUint8(6, path ? RECTANGLE : TRACED)
  for (const [i, side] of (['top', 'left', 'bottom', 'right'] as const).entries())
    view.setUint16(8 + 2 * i, Math.min(box[side], LARGEST_BOUND))
  view.setUint16(16, corners)
  view.setUint32(36, path?.length ?? 0)
  // Opaque.
  view.setUint32(40, ((255 << 24) | (colour[0] << 16) | (colour[1] << 8) | colour[2]) >>> 0)
  view.setUint32(60, second)
  for (const [i, value] of path?.entries() ?? []) view.setFloat32(HEADER + 4 * i, value)
  for (let i = 0; i < corners; i++) {
    view.setInt16(HEADER + 2 * i, rings[0][2 * i] - box.left)
    view.setInt16(HEADER + 2 * (corners + i), rings[0][2 * i + 1] - box.top)
  }
  view.setUint32(second + 16, second + HEADER)
  view.setUint32(second + 20, name.length)
  for (let i = 0; i < name.length; i++) view.setUint16(second + HEADER + 2 * i, name.charCodeAt(i))
  return new Uint8Array(view.buffer)
}

/** Segments one behind the other: what each is, and where it goes. */
function pathOf(rings: readonly Ring[]): number[] {
  const path: number[] = []
  for (const ring of rings) {
    for (let i = 0; i + 2 < ring.length; i += 2) path.push(i === 0 ? MOVE : LINE, ring[i], ring[i + 1])
    path.push(CLOSE)
  }
  return path
}

function boxOf(rings: readonly Ring[]): Box {
  const box = { left: Infinity, top: Infinity, right: 0, bottom: 0 }
  for (const ring of rings)
    for (let i = 0; i < ring.length; i += 2) {
      box.left = Math.min(box.left, ring[i])
      box.right = Math.max(box.right, ring[i])
      box.top = Math.min(box.top, ring[i + 1])
      box.bottom = Math.max(box.bottom, ring[i + 1])
    }
  return box
}
