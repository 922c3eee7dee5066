/** @file What a data set tells of its pixels (PS3.3, C.7.6.3), checked before anything is read. */
import { checkSize } from '../../raster.ts'
import type { Element } from './elements.ts'
import { brokenDicom, type DicomFile } from './file.ts'
import { TAGS } from './tags.ts'

/** How samples become colours. */
export const PHOTOMETRIC = ['MONOCHROME1', 'MONOCHROME2', 'PALETTE COLOR', 'RGB', 'YBR_FULL', 'YBR_FULL_422', 'YBR_ICT', 'YBR_RCT'] as const
export type Photometric = (typeof PHOTOMETRIC)[number]

export interface Attributes {
  width: number
  height: number
  frames: number
  /** Samples of a pixel: 1 or 3. */
  samples: 1 | 3
  photometric: Photometric
  /** Whether planes follow each other. */
  planar: boolean
  /** Bits that a sample takes, those that hold its value, and the highest of them. */
  allocated: number
  stored: number
  highBit: number
  signed: boolean
  kind: 'integer' | 'float'
  /** The element of the pixels. */
  pixels: Element
}

/** More frames than this are no study. */
const MAX_FRAMES = 2 ** 20
/** Kinds of DICOM objects without a picture, by Modality. */
const WITHOUT: Readonly<Record<string, string>> = {
  SR: 'a structured report',
  RTSTRUCT: 'a set of contours (RTSTRUCT)',
  RTPLAN: 'a treatment plan (RTPLAN)',
  PR: 'a presentation state',
  KO: 'a selection of keys',
  REG: 'a registration',
  ECG: 'a waveform',
  DOC: 'a document',
}

/**
 * Reads and checks them.
 * @throws AdzusError for data sets without pixels, and for pixels that are not read
 */
export function attributesOf(file: DicomFile): Attributes {
  const { data, where, syntax } = file
  const pixels = pixelsOf(file)
  if (!syntax.coding)
    throw brokenDicom(
      where,
      `one whose pixels are written as ${syntax.name}`,
      'Convert it to explicit VR little endian (`dcmdjpeg`, `gdcmconv --raw`).',
    )
  const number = (tag: number, name: string) => {
    const value = data.number(tag)
    if (value === undefined) throw brokenDicom(where, `one without ${name}`)
    return value
  }
  const [height, width] = [number(TAGS.rows, 'Rows'), number(TAGS.columns, 'Columns')]
  checkSize(width, height, where)
  const integer = pixels.tag === TAGS.pixels
  const samples = data.number(TAGS.samples) ?? 1
  if (samples !== 1 && samples !== 3) throw brokenDicom(where, `one of ${samples} samples a pixel`)
  const photometric = photometricOf(data.text(TAGS.photometric), samples, where)
  const allocated = number(TAGS.allocated, 'BitsAllocated')
  const stored = integer ? (data.number(TAGS.stored) ?? allocated) : allocated
  const highBit = integer ? (data.number(TAGS.highBit) ?? stored - 1) : allocated - 1
  const allowed = integer ? [1, 8, 16, 32] : [pixels.tag === TAGS.floatPixels ? 32 : 64]
  if (!allowed.includes(allocated)) throw brokenDicom(where, `one whose samples take ${allocated} bits`)
  if (stored < 1 || stored > allocated || highBit >= allocated || highBit < stored - 1)
    throw brokenDicom(where, `a broken one: bit ${highBit} as the highest of ${stored} bits in ${allocated}`)
  if (samples === 3 && allocated === 1) throw brokenDicom(where, 'one of colours of 1 bit')
  const frames = data.decimal(TAGS.frames) ?? 1
  if (!Number.isInteger(frames) || frames < 1 || frames > MAX_FRAMES) throw brokenDicom(where, 'a broken one: no count of frames')
  return {
    width,
    height,
    frames,
    samples,
    photometric,
    planar: samples > 1 && data.number(TAGS.planar) === 1,
    allocated,
    stored,
    highBit,
    signed: integer && data.number(TAGS.representation) === 1,
    kind: integer ? 'integer' : 'float',
    pixels,
  }
}

function pixelsOf({ data, where }: DicomFile): Element {
  const pixels = data.get(TAGS.pixels) ?? data.get(TAGS.floatPixels) ?? data.get(TAGS.doublePixels)
  if (pixels && (pixels.length > 0 || pixels.open)) return pixels
  if (data.get(TAGS.encrypted)) throw brokenDicom(where, 'one whose attributes are encrypted', 'Decrypt it first.')
  if (data.get(TAGS.referencedFiles)) throw brokenDicom(where, 'a directory of DICOM files (DICOMDIR)', 'Give it the files themselves.')
  const modality = data.text(TAGS.modality) ?? ''
  const kind = Object.hasOwn(WITHOUT, modality) ? WITHOUT[modality] : undefined
  throw brokenDicom(where, kind ?? 'one without pixels', kind === undefined ? 'Is the file complete?' : undefined)
}

function photometricOf(text: string | undefined, samples: number, where: string): Photometric {
  const found = PHOTOMETRIC.find((name) => name === text)
  if (text === undefined) return samples === 1 ? 'MONOCHROME2' : 'RGB'
  const grey = found === 'MONOCHROME1' || found === 'MONOCHROME2' || found === 'PALETTE COLOR'
  if (found && grey === (samples === 1)) return found
  if (found) throw brokenDicom(where, `a broken one: ${found} of ${samples} ${samples === 1 ? 'sample' : 'samples'} a pixel`)
  throw brokenDicom(where, 'one with a PhotometricInterpretation that is not read', `Convert it to one of ${PHOTOMETRIC.join(', ')}.`)
}
