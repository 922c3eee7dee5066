/** @file A TIFF file as a volume: the slices that OME's or ImageJ's description names. */
import { check } from '../../../errors.ts'
import type { ByteSource } from '../../../source.ts'
import type { Decoded } from '../../format.ts'
import type { Samples } from '../../raster.ts'
import type { Volume } from '../../volume.ts'
import { brokenTiff } from './errors.ts'
import { openTiff } from './images.ts'

/**
 * The slices of the first point in time; nothing where the file has no more than one.
 * @throws AdzusError for what the file's contents cause
 */
export async function openTiffVolume(source: ByteSource, where: string): Promise<Volume | undefined> {
  const tiff = await openTiff(source, where)
  const { stack } = tiff.plans
  if (!stack) return undefined
  const slices = await Promise.all(stack.images.map((plan) => tiff.image(plan)))
  const [{ width, height, facts }] = slices
  if (slices.some((slice) => slice.width !== width || slice.height !== height)) throw brokenTiff(where, 'slices of different sizes')
  const { x = 1, y = 1 } = facts?.spacing ?? {}
  const spacing = [x, y, stack.spacing ?? 1] as const
  const size = [width, height, slices.length] as const
  const sides = [
    { width: height, height: slices.length },
    { width, height: slices.length },
  ]
  return {
    size,
    spacing,
    type: facts?.type ?? 'uint8',
    notes: stack.notes,
    origin: { format: 'other' },
    async slice(axis, index) {
      check(Number.isInteger(index) && index >= 0 && index < size[axis], () => ({
        what: 'image: slice',
        where,
        expected: `a whole number from 0 to ${size[axis] - 1}`,
        got: `${index}`,
      }))
      if (axis === 2) return slices[index].decode()
      const region = axis === 0 ? { x: index, y: 0, width: 1, height } : { x: 0, y: index, width, height: 1 }
      let all: Decoded | undefined
      for (const [k, slice] of slices.entries()) {
        const line = await slice.decodePart!({ region })
        const make = line.data.constructor as new (length: number) => Samples
        const side = sides[axis]
        all ??= { ...line, ...side, name: undefined, data: new make(side.width * side.height * line.channels) }
        all.data.set(line.data, k * line.data.length)
      }
      const [across, down] = axis === 0 ? [spacing[1], spacing[2]] : [spacing[0], spacing[2]]
      return { ...all!, spacing: facts?.spacing && stack.spacing ? { x: across, y: down, unit: 'mm' } : undefined }
    },
  }
}
