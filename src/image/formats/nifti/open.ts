/** @file A NIfTI file as a volume, and as the pictures that its axial slices are. */
import { AdzusError } from '../../../errors.ts'
import type { ByteSource } from '../../../source.ts'
import type { StoredImage } from '../../format.ts'
import { gunzipStart } from '../../gunzip.ts'
import { axisCodes, planeAxis, viewAcross } from '../../planes.ts'
import type { Volume } from '../../volume.ts'
import { brokenNifti, HEADER_BYTES, type NiftiHeader, readHeader } from './header.ts'
import { checkSlice, type Reading, volumeOf } from './volume.ts'

/** Bytes of voxels that are unpacked at most; files that are not packed have no bound. */
const MOST_UNPACKED = 2 ** 31
/** Bytes before the voxels, with extensions, that are kept at most. */
const MOST_PREFIX = 2 ** 24

/** A file with what its header says. */
interface Opened {
  header: NiftiHeader
  volume: Volume
  compression: string
}

/**
 * The volume of a file; of several points in time the first.
 * @throws AdzusError for files that are cut off or damaged, and for voxels that are not read
 */
export async function openNifti(source: ByteSource, where: string): Promise<Volume> {
  return (await open(source, where)).volume
}

/**
 * The axial slices of a file, as they are stored; how radiologists see them is their orientation.
 * @throws AdzusError as `openNifti` does
 */
export async function openSlices(source: ByteSource, where: string): Promise<StoredImage[]> {
  const { header, volume, compression } = await open(source, where)
  const axis = planeAxis(volume.affine, 'axial')
  const { orientation } = viewAcross(volume.affine, axis)
  const [width, height] = volume.size.filter((_, other) => other !== axis)
  const [x, y] = volume.spacing.filter((_, other) => other !== axis)
  const facts = {
    type: volume.type,
    channels: header.type.channels,
    spacing: { x, y, unit: 'mm' as const },
    window: header.window,
    compression,
    others: { ...(volume.affine && { axes: axisCodes(volume.affine) }), ...(header.volumes > 1 && { volumes: header.volumes }) },
  }
  return Array.from({ length: volume.size[axis] }, (_, index) => ({
    name: `axial slice ${index + 1}`,
    width,
    height,
    facts,
    async decode() {
      checkSlice(volume, axis, where)
      const slice = await volume.slice(axis, index)
      return { ...slice, orientation, notes: [...volume.notes, ...slice.notes] }
    },
  }))
}

async function open(source: ByteSource, where: string): Promise<Opened> {
  const beginning = await source.read(0, Math.min(source.size, HEADER_BYTES))
  return beginning[0] === 0x1f && beginning[1] === 0x8b ? openPacked(source, where) : openPlain(source, beginning, where)
}

async function openPlain(source: ByteSource, beginning: Uint8Array, where: string): Promise<Opened> {
  const header = readHeader(beginning, where)
  const end = header.offset + voxelBytes(header)
  if (end > source.size) throw cutOff(header, source.size, where)
  const read: Reading = (offset, length) => source.read(offset, length)
  const prefix = (await read(0, Math.min(header.offset, MOST_PREFIX))).slice()
  return { header, volume: volumeOf(header, prefix, read, where), compression: 'none' }
}

/** A packed file is unpacked once, when the first slice is asked for, and kept unpacked. */
async function openPacked(source: ByteSource, where: string): Promise<Opened> {
  const unpack = (length: number) =>
    gunzipStart(source, length).catch((cause) => {
      throw cause instanceof AdzusError ? cause : brokenNifti(where, `a gzip file that cannot be unpacked: ${(cause as Error).message}`)
    })
  const beginning = await unpack(HEADER_BYTES)
  if (!isHeader(beginning))
    throw new AdzusError({ what: 'image', where, expected: 'a NIfTI file within the gzip file', got: 'something else', hint: 'Unpack it.' })
  const header = readHeader(beginning, where)
  const end = header.offset + voxelBytes(header)
  if (end > MOST_UNPACKED)
    throw brokenNifti(
      where,
      `a packed one of ${end} bytes`,
      `Unpack it (gunzip): of more than ${MOST_UNPACKED} bytes only unpacked ones are read.`,
    )
  // One bound for all that deflate can make of a file, before memory is asked for.
  if (end > 1032 * source.size) throw cutOff(header, source.size, where)
  const prefix = header.offset <= MOST_PREFIX ? await unpack(header.offset) : beginning
  let unpacked: Promise<Uint8Array> | undefined
  const read: Reading = async (offset, length) => {
    unpacked ??= unpack(end)
    const bytes = await unpacked
    if (bytes.length < end) throw cutOff(header, bytes.length, where)
    return bytes.subarray(offset, offset + length)
  }
  return { header, volume: volumeOf(header, prefix, read, where), compression: 'gzip' }
}

const isHeader = (bytes: Uint8Array) => {
  const magic = String.fromCharCode(...bytes.subarray(344, 347), ...bytes.subarray(4, 7))
  return magic.startsWith('n+1') || magic.endsWith('n+2')
}

const voxelBytes = ({ size: [i, j, k], type }: NiftiHeader) => i * j * k * type.channels * type.bytes

function cutOff(header: NiftiHeader, bytes: number, where: string): AdzusError {
  const { size, type, offset } = header
  return brokenNifti(where, `one of ${bytes} bytes, where ${size.join(' × ')} voxels of ${type.name} need ${offset + voxelBytes(header)}`)
}
