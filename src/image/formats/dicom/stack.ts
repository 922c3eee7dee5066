/**
 * @file Frames as slices of a volume: their order along the normal, gaps, and the affine. DICOM
 * counts towards left, back and head (LPS), volumes towards right, front and head (RAS+).
 */
import type { Affine } from '../../volume.ts'
import { dot, normalOf, type Plane, type Vector } from './geometry.ts'

/** Positions that are nearer than this share of a step are the same. */
const SAME = 1e-3
/** Steps that differ by more than this share are told. */
const UNEVEN = 0.02
/** So many gaps are told. */
const MAX_GAPS = 4
/** Millimetres that a slice may lie beside the line of the others. */
const ASIDE = 0.1

export interface Stack<T> {
  /** In the order of their positions. */
  slices: T[]
  /** Those at a position that another one has already. */
  doubled: T[]
}

/**
 * Sorts slices by their positions along the normal of the first; of several at one, the first
 * counts.
 */
export function stacked<T extends { plane: Plane }>(slices: readonly T[]): Stack<T> {
  const normal = normalOf(slices[0].plane)
  const depths = new Map(slices.map((slice) => [slice, dot(slice.plane.position, normal)]))
  const depth = (slice: T) => depths.get(slice)!
  const sorted = [...slices].sort((a, b) => depth(a) - depth(b))
  const kept: T[] = []
  const doubled: T[] = []
  for (const slice of sorted) {
    const last = kept.at(-1)
    if (last && depth(slice) - depth(last) < SAME) doubled.push(slice)
    else kept.push(slice)
  }
  return { slices: kept, doubled }
}

/**
 * What is to be said of the distances between slices, and the usual one.
 * @param planes in their order, two or more
 */
export function stepsOf(planes: readonly Plane[]): { step: number; notes: string[] } {
  const normal = normalOf(planes[0])
  const depths = planes.map(({ position }) => dot(position, normal))
  const steps = depths.slice(1).map((depth, i) => depth - depths[i])
  const step = [...steps].sort((a, b) => a - b)[Math.floor((steps.length - 1) / 2)]
  const notes: string[] = []
  const gaps = steps.flatMap((size, i) => (size > 1.5 * step ? [{ after: i + 1, missing: Math.round(size / step) - 1 }] : []))
  for (const { after, missing } of gaps.slice(0, MAX_GAPS))
    notes.push(`${missing === 1 ? 'a slice is' : `${missing} slices are`} missing between its slices ${after} and ${after + 1}`)
  if (gaps.length > MAX_GAPS) notes.push(`further gaps between its slices: ${gaps.length - MAX_GAPS}`)
  const uneven = steps.filter((size) => size <= 1.5 * step && Math.abs(size - step) > UNEVEN * step)
  if (uneven.length > 0)
    notes.push(`its slices have different distances (${rounded(Math.min(...steps))} to ${rounded(Math.max(...steps))} mm)`)
  return { step, notes }
}

const rounded = (value: number) => Number(value.toPrecision(4))

/**
 * From voxels to the patient's space; slices that are sheared (a tilted gantry) stay so.
 * @param planes in their order
 * @param thickness the distance of slices where there is but one
 */
export function affineOf(planes: readonly Plane[], spacing: { x: number; y: number }, thickness: number, notes: string[]): Affine {
  const [first, last] = [planes[0], planes[planes.length - 1]]
  const normal = normalOf(first)
  const between = planes.length - 1
  const step: Vector =
    between > 0
      ? (first.position.map((from, axis) => (last.position[axis] - from) / between) as unknown as Vector)
      : (normal.map((part) => part * thickness) as unknown as Vector)
  const length = Math.hypot(...step)
  if (length > 0 && Math.abs(dot(step, normal)) < 0.999 * length) notes.push('its slices are shifted against each other (a tilted gantry)')
  const aside = planes.some(({ position }) => {
    const away = position.map((at, axis) => at - first.position[axis]) as unknown as Vector
    const along = dot(away, step) / (length * length || 1)
    return Math.hypot(...away.map((part, axis) => part - along * step[axis])) > ASIDE
  })
  if (aside) notes.push('its slices do not lie in one line: the affine is that of the first and the last')
  const row = (axis: number, sign: number) => [
    sign * first.row[axis] * spacing.x,
    sign * first.column[axis] * spacing.y,
    sign * step[axis],
    sign * first.position[axis],
  ]
  return [...row(0, -1), ...row(1, -1), ...row(2, 1), 0, 0, 0, 1].map((value) => value + 0)
}
