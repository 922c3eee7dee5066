/** @file Made volumes: ellipsoids of Hounsfield-like numbers with noise, whose truth is known voxel by voxel. */
import type { Affine, Axis, Volume, VolumeOrigin } from '../../src/image/volume.ts'
import { concatenated, decimal, element, longs, shorts, type Tag } from '../../src/output/volume/dicom-writer.ts'
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

/** What a made DICOM series tells. */
export interface SeriesOptions {
  spacing?: readonly [number, number, number]
  /** Directions of rows and columns. */
  orientation?: readonly number[]
  /** Elements that replace or join the others, by their tags; nothing takes one away. */
  change?: Readonly<Record<string, Uint8Array | undefined>>
}

/** Headers (everything before the pixels) of the slices of a series, in explicit VR, little endian. */
export function dicomHeaders(
  size: readonly [number, number, number],
  { spacing = [0.8, 0.8, 5], orientation = [1, 0, 0, 0, 1, 0], change = {} }: SeriesOptions = {},
): Uint8Array[] {
  const [a, b, c, d, e, f] = orientation
  const normal = [b * f - c * e, c * d - a * f, a * e - b * d]
  return Array.from({ length: size[2] }, (_, k) => {
    const position = [-100.5, -90.25, 40].map((from, axis) => decimal(from + k * spacing[2] * normal[axis]))
    const elements: Record<string, Uint8Array | undefined> = {}
    const add = (tag: Tag, vr: string, ...values: string[]) => {
      elements[tag] = element(tag, vr, ...values)
    }
    add('(0008,0005)', 'CS', 'ISO_IR 192')
    add('(0008,0016)', 'UI', '1.2.840.10008.5.1.4.1.1.2')
    add('(0008,0018)', 'UI', `2.25.1234567890.${k + 1}`)
    add('(0008,0020)', 'DA', '20200102')
    add('(0008,0030)', 'TM', '101112')
    add('(0008,0050)', 'SH', 'A1')
    add('(0008,0060)', 'CS', 'CT')
    add('(0008,0080)', 'LO', 'Hospital of Nowhere')
    add('(0008,0090)', 'PN', 'Referring^Somebody')
    add('(0010,0010)', 'PN', 'Müster^Änne')
    add('(0010,0020)', 'LO', 'P-42')
    add('(0010,0030)', 'DA', '19500607')
    add('(0010,0040)', 'CS', 'F')
    add('(0010,1040)', 'LO', 'A street')
    add('(0020,000D)', 'UI', '2.25.1234567890.100')
    add('(0020,000E)', 'UI', '2.25.1234567890.200')
    add('(0020,0010)', 'SH', 'S1')
    add('(0020,0032)', 'DS', ...position)
    add('(0020,0037)', 'DS', ...orientation.map(decimal))
    add('(0020,0052)', 'UI', '2.25.1234567890.300')
    add('(0020,1040)', 'LO', '')
    elements['(0028,0010)'] = shorts('(0028,0010)', size[1])
    elements['(0028,0011)'] = shorts('(0028,0011)', size[0])
    add('(0028,0030)', 'DS', decimal(spacing[1]), decimal(spacing[0]))
    Object.assign(elements, change)
    const meta = [element('(0002,0010)', 'UI', '1.2.840.10008.1.2.1')]
    const sorted = Object.keys(elements)
      .sort()
      .flatMap((tag) => elements[tag] ?? [])
    const preamble = new Uint8Array(132)
    preamble.set(new TextEncoder().encode('DICM'), 128)
    return concatenated([preamble, longs('(0002,0000)', meta[0].length), ...meta, ...sorted])
  })
}

/** The affine of a series by `dicomHeaders`: DICOM's x and y grow the other way. */
export function seriesAffine({ spacing = [0.8, 0.8, 5], orientation = [1, 0, 0, 0, 1, 0] }: SeriesOptions = {}): Affine {
  const [a, b, c, d, e, f] = orientation
  const normal = [b * f - c * e, c * d - a * f, a * e - b * d]
  const from = [-100.5, -90.25, 40]
  return [
    ...[-1, -1, 1].flatMap((sign, row) => [
      sign * orientation[row] * spacing[0],
      sign * orientation[3 + row] * spacing[1],
      sign * normal[row] * spacing[2],
      sign * from[row],
    ]),
    0,
    0,
    0,
    1,
  ]
}

/** A NIfTI-1 header as other programs write it: with texts, a quaternion, codes and a window. */
export function niftiSource(
  size: readonly [number, number, number],
  { little = true }: { little?: boolean } = {},
): { header: Uint8Array; affine: Affine } {
  const header = new Uint8Array(352)
  const view = new DataView(header.buffer)
  const affine = [-1.2, 0.1, 0, 90, 0.1, 1.2, 0.3, -126, 0, -0.2, 3, -72, 0, 0, 0, 1]
  view.setInt32(0, 348, little)
  for (const [n, value] of [4, ...size, 7, 1, 1, 1].entries()) view.setInt16(40 + 2 * n, value, little)
  view.setInt16(70, 4, little)
  view.setInt16(72, 16, little)
  for (const [n, value] of [-1, 1.2, 1.25, 3.1, 2, 0, 0, 0].entries()) view.setFloat32(76 + 4 * n, value, little)
  for (const [n, value] of [352, 2, -1024].entries()) view.setFloat32(108 + 4 * n, value, little)
  header[123] = 10
  for (const [n, value] of [400, -160].entries()) view.setFloat32(124 + 4 * n, value, little)
  header.set(new TextEncoder().encode('A name^in a description'), 148)
  header.set(new TextEncoder().encode('aux of Somebody'), 228)
  view.setInt16(252, 1, little)
  view.setInt16(254, 4, little)
  for (const [n, value] of [0.1, 0.2, 0.3, 90, -126, -72].entries()) view.setFloat32(256 + 4 * n, value, little)
  for (const [n, value] of affine.slice(0, 12).entries()) view.setFloat32(280 + 4 * n, value, little)
  header.set(new TextEncoder().encode('n+1\0'), 344)
  return { header, affine }
}

/** What a CT tells of its pixels: signed, 16 bits. */
export const imagePixels: Readonly<Record<string, Uint8Array>> = {
  '(0028,0004)': element('(0028,0004)', 'CS', 'MONOCHROME2'),
  ...Object.fromEntries(
    (
      [
        ['(0028,0002)', 1],
        ['(0028,0100)', 16],
        ['(0028,0101)', 16],
        ['(0028,0102)', 15],
        ['(0028,0103)', 1],
      ] as const
    ).map(([tag, value]) => [tag, shorts(tag, value)]),
  ),
}
