/**
 * @file What is known of a picture before it is clicked, beside the scene: made once, so that every
 * click is quick. Planes have one number a pixel of the square.
 */
import { blur } from '../../pixels/blur.ts'
import type { Picture } from '../../pixels/picture.ts'
import { squeeze } from '../../pixels/shrink.ts'
import { packBits } from '../bits.ts'
import type { Candidate } from '../candidates/candidate.ts'
import { promptedCuts } from '../candidates/cuts.ts'
import { quantiles } from '../channels.ts'
import { histogram } from '../features/colours.ts'
import type { Scene } from '../scene.ts'
import { PIXELS, SIDE } from '../square.ts'

/** Pixels of blur, chosen on development pictures (docs/masks.md). */
const COLOUR_BLUR = 1.5
const STEP_BLUR = 1
/** The share of a channel's values that do not count for its end. */
const TAIL = 0.005

/** A channel of the scene, or prominence, seen from one side: objects are above. */
export interface GroundChannel {
  name: string
  values: Float32Array
  /** The end away from objects. */
  low: number
}

export interface Ground {
  scene: Scene
  /** The picture at half the square's size. */
  half: Picture
  /** The candidates of the last clicks, by pixel. */
  known: Map<number, Candidate[]>
  /** The masks of the last questions, by their clicks. */
  answers: Map<string, Uint8Array>
  /** How often each group of colours occurs in the field. */
  histogramOfField: Float64Array
  /** Of the largest sigma, over the field. */
  prominenceSum: number
  /** What a click is compared in; the ends of each, without the tails. */
  channels: GroundChannel[]
  /** The chain's masks and their cuts. */
  cuts: Candidate[]
  /** 1 inside the field of view and two pixels or more from its edge. */
  interior: Uint8Array
  /** L*, a*, b*, blurred: a plane each. */
  smooth: Float32Array[]
  /** How much colour changes to the pixel to the right and to the one below. */
  stepsRight: Float32Array
  stepsDown: Float32Array
  /** The length of the gradient of L*, a*, b* together, and its mean in the field. */
  gradient: Float32Array
  meanGradient: number
}

/** Prepares a scene for clicks. */
export function prepareGround(scene: Scene): Ground {
  const planes = [0, 1, 2].map((c) => Float32Array.from({ length: PIXELS }, (_, i) => scene.lab[i * 3 + c]))
  const fine = planes.map((plane) => blur(plane, SIDE, SIDE, STEP_BLUR))
  const steps = (offset: number) =>
    Float32Array.from({ length: PIXELS }, (_, i) => (i + offset < PIXELS ? Math.hypot(...fine.map((p) => p[i] - p[i + offset])) : 0))
  const gradient = gradientOf(planes)
  return {
    scene,
    half: squeeze(scene.small, SIDE / 2, SIDE / 2),
    known: new Map(),
    answers: new Map(),
    histogramOfField: histogram(packBits(scene.field), scene.colours),
    prominenceSum: sumInside(scene.prominences[scene.prominences.length - 1].pixels, scene.field),
    channels: bothSides(scene),
    cuts: promptedCuts(scene),
    interior: inset(inset(scene.field)),
    smooth: planes.map((plane) => blur(plane, SIDE, SIDE, COLOUR_BLUR)),
    stepsRight: steps(1),
    stepsDown: steps(SIDE),
    gradient,
    meanGradient: sumInside(gradient, scene.field) / scene.fieldArea,
  }
}

/** A question is often about earlier clicks and one more: so much of each kind is kept. */
const KEPT = 8

/** Keeps a value under a key, and forgets the oldest beyond KEPT. */
export function remember<K, V>(known: Map<K, V>, key: K, value: V): void {
  known.delete(key)
  known.set(key, value)
  for (const oldest of known.keys()) if (known.size > KEPT) known.delete(oldest)
}

const sumInside = (values: Float32Array, field: Uint8Array) => values.reduce((sum, value, i) => sum + value * field[i], 0)

function bothSides({ channels, prominences, field }: Scene): GroundChannel[] {
  const all = [...channels, ...prominences.map(({ sigma, pixels }) => ({ name: `prominence ${sigma}`, values: pixels }))]
  return all.flatMap(({ name, values }) => {
    const [low, high] = quantiles(values, field, [TAIL, 1 - TAIL])
    return [
      { name, values, low },
      { name, values: values.map((value) => -value), low: -high },
    ]
  })
}

/** Lengths of the gradient of several planes together, by Sobel's operator. */
function gradientOf(planes: readonly Float32Array[]): Float32Array {
  const mirrored = (v: number) => (v < 0 ? -v : v >= SIDE ? 2 * SIDE - 2 - v : v)
  return Float32Array.from({ length: PIXELS }, (_, i) => {
    const [x, row] = [i % SIDE, i - (i % SIDE)]
    const [left, right] = [mirrored(x - 1), mirrored(x + 1)]
    const [up, down] = [mirrored(row / SIDE - 1) * SIDE, mirrored(row / SIDE + 1) * SIDE]
    let square = 0
    for (const p of planes) {
      const across = p[up + right] + 2 * p[row + right] + p[down + right] - p[up + left] - 2 * p[row + left] - p[down + left]
      const along = p[down + left] + 2 * p[down + x] + p[down + right] - p[up + left] - 2 * p[up + x] - p[up + right]
      square += across * across + along * along
    }
    return Math.sqrt(square)
  })
}

/** Without the pixels that have one of eight neighbours, or the picture's edge, outside. */
function inset(mask: Uint8Array): Uint8Array {
  const out = new Uint8Array(PIXELS)
  for (let y = 1; y < SIDE - 1; y++)
    for (let x = 1; x < SIDE - 1; x++) {
      let all = 1
      for (let dy = -SIDE; dy <= SIDE; dy += SIDE) for (let dx = -1; dx <= 1; dx++) all &= mask[y * SIDE + x + dy + dx]
      out[y * SIDE + x] = all
    }
  return out
}
