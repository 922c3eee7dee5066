/**
 * @file `NAME.seg.dcm`: the segments as a DICOM segmentation (PS3.3, A.51), binary, one frame for
 * each segment and slice that has it. Written by hand: explicit VR, little endian.
 *
 * Of the source only what the standard demands is repeated: of the patient and the study types 1
 * and 2, and which slices the frames belong to. The same result gives the same bytes: the
 * identifiers are made of its contents, and the dates are the study's.
 */
import { sha256 } from '#platform'
import { AdzusError } from '../../errors.ts'
import { bytesSource } from '../../source.ts'
import { type SegSource, segSource } from './dicom-source.ts'
import { bytesHeader, code, concatenated, decimal, element, longs, pointer, sequence, shorts, type Tag } from './dicom-writer.ts'
import type { VoxelResult } from './output.ts'

const SEG_STORAGE = '1.2.840.10008.5.1.4.1.1.66.4'
const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1'
/** Bytes of the preamble, which is free; ours is a mark. */
const PREAMBLE = 128
const MARK = 'ADZUS '
/** An element's length has 32 bits, the last of which means an open one. */
const MOST_BYTES = 2 ** 32 - 2
const NO_DATE = '19000101'
const NO_TIME = '000000'

/** Whether a file begins as our segmentations do. */
export function hasSegMark(beginning: Uint8Array): boolean {
  return String.fromCharCode(...beginning.subarray(0, MARK.length)) === MARK
}

/**
 * The segments of a result as a DICOM segmentation.
 * @param name names the volume in errors
 * @param version of this program
 * @throws AdzusError for volumes that were not read from DICOM files, or have more segments than
 *   the standard can number
 * @example
 * const [source] = await openVolumes(slices)
 * const result = await adzus.segmentVolume(source)
 * await writeFile('ct.seg.dcm', await dicomSeg(result, 'ct', '1.0.0'))
 */
export async function dicomSeg(result: VoxelResult, name: string, version: string): Promise<Uint8Array> {
  const source = await segSource(result, name)
  const frames = framesOf(result)
  const uids = await uidsOf(result, source, version)
  const [columns, rows] = result.size
  const bytes = Math.ceil((frames.length * rows * columns) / 8)
  const length = bytes + (bytes % 2)
  if (length > MOST_BYTES || result.segments.length > 65535)
    throw new AdzusError({
      what: 'dicom-seg',
      where: name,
      expected: 'at most 65535 segments, and 4 GiB of frames',
      got: `${result.segments.length}, and ${length} bytes`,
      hint: 'Fewer segments (a higher --threshold) need fewer frames.',
    })
  const header = [preamble(version), meta(uids.instance), ...general(source, uids, version), ...image(result, frames.length, source)]
  const groups = [...segments(result, version), ...functional(result, source, frames)]
  const head = concatenated([...header, ...groups, bytesHeader('(7FE0,0010)', length)])
  const out = new Uint8Array(head.length + length)
  out.set(head)
  drawFrames(out.subarray(head.length), result, frames)
  return out
}

/** One frame: a segment in a slice. */
interface Frame {
  segment: number
  slice: number
}

/** Segment after segment, each from the first slice on. */
function framesOf({ labels, size, segments }: VoxelResult): Frame[] {
  const area = size[0] * size[1]
  const there = new Uint8Array((segments.length + 1) * size[2])
  for (let k = 0, v = 0; k < size[2]; k++) for (const end = v + area; v < end; v++) there[labels[v] * size[2] + k] = 1
  const frames: Frame[] = []
  for (const { id } of segments) for (let k = 0; k < size[2]; k++) if (there[id * size[2] + k]) frames.push({ segment: id, slice: k })
  return frames
}

/** Bits of the frames one after another, the first pixel lowest in its byte (PS3.5, 8.1.1). */
function drawFrames(bits: Uint8Array, { labels, size, segments }: VoxelResult, frames: readonly Frame[]): void {
  const area = size[0] * size[1]
  const first = new Float64Array((segments.length + 1) * size[2]).fill(-1)
  for (const [n, { segment, slice }] of frames.entries()) first[segment * size[2] + slice] = n * area
  for (let k = 0; k < size[2]; k++)
    for (let start = k * area, end = start; start < (k + 1) * area; start = end) {
      const label = labels[start]
      while (end < (k + 1) * area && labels[end] === label) end++
      const from = first[label * size[2] + k]
      if (from >= 0) setBits(bits, from + start - k * area, from + end - k * area)
    }
}

/** Sets the bits from one place to before another. */
function setBits(bits: Uint8Array, from: number, to: number): void {
  const [first, last] = [Math.floor(from / 8), Math.floor(to / 8)]
  const [head, tail] = [(0xff << (from % 8)) & 0xff, (1 << (to % 8)) - 1]
  if (first === last) bits[first] |= head & tail
  else {
    bits[first] |= head
    bits.fill(0xff, first + 1, last)
    if (tail > 0) bits[last] |= tail
  }
}

interface Uids {
  instance: string
  series: string
  dimensions: string
  /** Of sources that tell no frame of reference. */
  frame: string
}

/** Identifiers out of contents (PS3.5, B.2: a UUID as a number). */
async function uidsOf({ labels, segments: list }: VoxelResult, { slices }: SegSource, version: string): Promise<Uids> {
  const digest = (bytes: Uint8Array) => sha256(bytesSource('segmentation', bytes))
  const voxels = await digest(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength))
  const foreground = list.filter((segment) => segment.foreground).map(({ id }) => id)
  const contents = [version, voxels, ...foreground, ...slices.map(({ sopInstance }) => sopInstance)].join(' ')
  const uid = async (kind: string) => {
    const hex = (await digest(new TextEncoder().encode(`${kind} ${contents}`))).slice(0, 32)
    // Version 8 and its variant (RFC 9562): made of what one likes.
    return `2.25.${BigInt(`0x${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17)}`)}`
  }
  return { instance: await uid('instance'), series: await uid('series'), dimensions: await uid('dimensions'), frame: await uid('frame') }
}

function preamble(version: string): Uint8Array {
  const out = new Uint8Array(PREAMBLE + 4)
  out.set(new TextEncoder().encode(`${MARK}${version}`).subarray(0, PREAMBLE))
  out.set(new TextEncoder().encode('DICM'), PREAMBLE)
  return out
}

function meta(instance: string): Uint8Array {
  const elements = concatenated([
    element('(0002,0001)', 'OB', Uint8Array.of(0, 1)),
    element('(0002,0002)', 'UI', SEG_STORAGE),
    element('(0002,0003)', 'UI', instance),
    element('(0002,0010)', 'UI', EXPLICIT_LITTLE),
    element('(0002,0012)', 'UI', '2.25.219163853573391265830671029462841934285'),
    element('(0002,0013)', 'SH', 'ADZUS'),
  ])
  return concatenated([longs('(0002,0000)', elements.length), elements])
}

/** Patient, study, series, equipment, and what is referred to. */
function general(source: SegSource, { instance, series, dimensions, frame }: Uids, version: string): Uint8Array[] {
  const { copy, has, text, slices } = source
  const files = new Map(slices.map((slice) => [slice.sopInstance, slice]))
  const dimension = (to: Tag, group: Tag, label: string) => [
    element('(0020,9164)', 'UI', dimensions),
    pointer('(0020,9165)', to),
    pointer('(0020,9167)', group),
    element('(0020,9421)', 'LO', label),
  ]
  return [
    ...(has('(0008,0005)') ? [copy('(0008,0005)', 'CS')] : []),
    element('(0008,0008)', 'CS', 'DERIVED', 'PRIMARY'),
    element('(0008,0016)', 'UI', SEG_STORAGE),
    element('(0008,0018)', 'UI', instance),
    copy('(0008,0020)', 'DA'),
    element('(0008,0023)', 'DA', text('(0008,0020)') ?? NO_DATE),
    copy('(0008,0030)', 'TM'),
    element('(0008,0033)', 'TM', text('(0008,0030)') ?? NO_TIME),
    copy('(0008,0050)', 'SH'),
    element('(0008,0060)', 'CS', 'SEG'),
    element('(0008,0070)', 'LO', 'ADZUS'),
    copy('(0008,0090)', 'PN'),
    element('(0008,103E)', 'LO', 'Segments by ADZUS'),
    element('(0008,1090)', 'LO', 'ADZUS'),
    sequence('(0008,1115)', [
      sequence(
        '(0008,114A)',
        ...[...files.values()].map(({ sopClass, sopInstance }) => [
          element('(0008,1150)', 'UI', sopClass),
          element('(0008,1155)', 'UI', sopInstance),
        ]),
      ),
      element('(0020,000E)', 'UI', source.series),
    ]),
    copy('(0010,0010)', 'PN'),
    copy('(0010,0020)', 'LO'),
    copy('(0010,0030)', 'DA'),
    copy('(0010,0040)', 'CS'),
    element('(0018,1000)', 'LO', '0'),
    element('(0018,1020)', 'LO', version),
    copy('(0020,000D)', 'UI'),
    element('(0020,000E)', 'UI', series),
    copy('(0020,0010)', 'SH'),
    element('(0020,0011)', 'IS', '1000'),
    element('(0020,0013)', 'IS', '1'),
    has('(0020,0052)') ? copy('(0020,0052)', 'UI') : element('(0020,0052)', 'UI', frame),
    copy('(0020,1040)', 'LO'),
    sequence('(0020,9221)', [element('(0020,9164)', 'UI', dimensions)]),
    sequence('(0020,9222)', dimension('(0062,000B)', '(0062,000A)', 'Segment'), dimension('(0020,0032)', '(0020,9113)', 'Slice')),
  ]
}

/** What the pixels are. */
function image({ size: [columns, rows] }: VoxelResult, frames: number, { text, copy }: SegSource): Uint8Array[] {
  const lossy = text('(0028,2110)') === '01'
  return [
    shorts('(0028,0002)', 1),
    element('(0028,0004)', 'CS', 'MONOCHROME2'),
    element('(0028,0008)', 'IS', `${frames}`),
    shorts('(0028,0010)', rows),
    shorts('(0028,0011)', columns),
    shorts('(0028,0100)', 1),
    shorts('(0028,0101)', 1),
    shorts('(0028,0102)', 0),
    shorts('(0028,0103)', 0),
    element('(0028,2110)', 'CS', lossy ? '01' : '00'),
    ...(lossy ? [copy('(0028,2112)', 'DS'), copy('(0028,2114)', 'CS')] : []),
  ]
}

/** The segments: what they are called, and how they were made. */
function segments({ segments: list }: VoxelResult, version: string): Uint8Array[] {
  return [
    element('(0062,0001)', 'CS', 'BINARY'),
    sequence(
      '(0062,0002)',
      ...list.map(({ id, foreground }) => [
        code('(0062,0003)', '85756007', 'SCT', 'Tissue'),
        shorts('(0062,0004)', id),
        element('(0062,0005)', 'LO', `Segment ${id}${foreground ? ', foreground' : ''}`),
        element('(0062,0008)', 'CS', 'AUTOMATIC'),
        element('(0062,0009)', 'LO', `ADZUS ${version}`),
        code('(0062,000F)', '85756007', 'SCT', 'Tissue'),
      ]),
    ),
    element('(0062,0013)', 'CS', 'NO'),
    element('(0070,0080)', 'CS', 'ADZUS'),
    element('(0070,0081)', 'LO', ''),
    element('(0070,0084)', 'PN', ''),
  ]
}

/** What all frames share, and what each is. */
function functional({ spacing }: VoxelResult, source: SegSource, frames: readonly Frame[]): Uint8Array[] {
  const { slices, orientation, pixelSpacing } = source
  const step = decimal(spacing[2])
  const shared = [
    sequence('(0020,9116)', [element('(0020,0037)', 'DS', ...orientation)]),
    sequence('(0028,9110)', [
      element('(0018,0050)', 'DS', step),
      element('(0018,0088)', 'DS', step),
      element('(0028,0030)', 'DS', ...pixelSpacing),
    ]),
  ]
  const derivations = slices.map(({ sopClass, sopInstance, frame }) =>
    sequence('(0008,9124)', [
      sequence('(0008,2112)', [
        element('(0008,1150)', 'UI', sopClass),
        element('(0008,1155)', 'UI', sopInstance),
        ...(frame === undefined ? [] : [element('(0008,1160)', 'IS', `${frame}`)]),
        element('(0028,135A)', 'CS', 'YES'),
        code('(0040,A170)', '121322', 'DCM', 'Source image for image processing operation'),
      ]),
      code('(0008,9215)', '113076', 'DCM', 'Segmentation'),
    ]),
  )
  return [
    sequence('(5200,9229)', shared),
    sequence(
      '(5200,9230)',
      ...frames.map(({ segment, slice }) => [
        derivations[slice],
        sequence('(0020,9111)', [longs('(0020,9157)', segment, slice + 1)]),
        sequence('(0020,9113)', [element('(0020,0032)', 'DS', ...slices[slice].position)]),
        sequence('(0062,000A)', [shorts('(0062,000B)', segment)]),
      ]),
    ),
  ]
}
