/** @file Made volumes: ellipsoids of Hounsfield-like numbers with noise, whose truth is known voxel by voxel. */
import type { Affine, Axis, Volume, VolumeOrigin } from '../../src/image/volume.ts'
import { random } from './random.ts'

export interface Ellipsoid {
  /** As shares of the volume's size. */
  centre: readonly [number, number, number]
  radius: readonly [number, number, number]
  value: number
}

/** A body of soft tissue in air, with a bright organ, two smaller ones and a spine. */
export const BODY: readonly Ellipsoid[] = [
  { centre: [0.5, 0.5, 0.5], radius: [0.45, 0.36, 2], value: 20 },
  { centre: [0.34, 0.46, 0.5], radius: [0.2, 0.2, 0.42], value: 260 },
  { centre: [0.7, 0.45, 0.55], radius: [0.1, 0.14, 0.3], value: -140 },
  { centre: [0.5, 0.76, 0.5], radius: [0.07, 0.07, 2], value: 700 },
]

export interface Made {
  volume: Volume
  /** 0 in air, then the number of the last ellipsoid around a voxel. */
  truth: Uint8Array
}

/** A volume of ellipsoids; i grows to the left, j to the back and k to the head, as scanners store it, unless an affine says otherwise. */
export function madeVolume(
  size: readonly [number, number, number],
  ellipsoids: readonly Ellipsoid[] = BODY,
  { spacing = [0.8, 0.8, 5], affine, origin, noise = 12 }: MadeOptions = {},
): Made {
  const [w, h, d] = size
  const truth = new Uint8Array(w * h * d)
  const values = new Int16Array(truth.length)
  const rng = random(7)
  for (let k = 0, v = 0; k < d; k++)
    for (let j = 0; j < h; j++)
      for (let i = 0; i < w; i++, v++) {
        const place = [(i + 0.5) / w, (j + 0.5) / h, (k + 0.5) / d]
        let value = -900
        for (const [n, { centre, radius, value: own }] of ellipsoids.entries())
          if (place.reduce((sum, p, axis) => sum + ((p - centre[axis]) / radius[axis]) ** 2, 0) <= 1) {
            value = own
            truth[v] = n + 1
          }
        values[v] = value + rng.int(-noise, noise)
      }
  const [x, y, z] = spacing
  return {
    truth,
    volume: volumeOf(values, size, {
      spacing,
      affine: affine ?? [-x, 0, 0, 100, 0, -y, 0, 90, 0, 0, z, -50, 0, 0, 0, 1],
      origin: origin ?? { format: 'other' },
    }),
  }
}

export interface MadeOptions {
  spacing?: readonly [number, number, number]
  affine?: Affine
  origin?: VolumeOrigin
  /** The most by which a value is off. */
  noise?: number
}

/** Numbers in memory as a volume. */
export function volumeOf(
  values: Int16Array | Uint8Array,
  size: readonly [number, number, number],
  { spacing, affine, origin }: Pick<Volume, 'spacing' | 'affine' | 'origin'>,
): Volume {
  const strides = [1, size[0], size[0] * size[1]]
  return {
    size,
    spacing,
    affine,
    origin,
    type: values instanceof Uint8Array ? 'uint8' : 'int16',
    notes: [],
    async slice(axis: Axis, index: number) {
      const [along, down] = [0, 1, 2].filter((other) => other !== axis)
      const [width, height] = [size[along], size[down]]
      const data = new (values.constructor as typeof Int16Array)(width * height)
      for (let y = 0, to = 0; y < height; y++)
        for (let x = 0; x < width; x++) data[to++] = values[index * strides[axis] + x * strides[along] + y * strides[down]]
      return { width, height, channels: 1, data, notes: [], spacing: { x: spacing[along], y: spacing[down], unit: 'mm' } }
    },
  }
}
