/**
 * @file What becomes of a page's samples: which of them are taken, what colours they are, and of
 * which type.
 */
import type { Samples } from '../../raster.ts'
import { divideAlpha, fromInks, fromLab, fromPalette, fromYcc, invert, paletteOf, widen, type Ycc } from './colours.ts'
import { brokenTiff, unreadTiff } from './errors.ts'
import { type Page, PHOTOMETRIC, typeOf } from './page.ts'
import { arrayOf, type Make } from './samples.ts'
import { numbered } from './stack.ts'
import { TAG } from './tags.ts'

/** Compressions that hand out RGB of luma and chroma. */
const MAKE_RGB = [7, 33007, 33003, 33005, 34712, 50001]

/** How a page's samples become an image's. */
export interface Model {
  /** Channels of the image. */
  readonly channels: number
  /** Names of channels that are measurements, not colours. */
  readonly channelNames?: readonly string[]
  /** Which of the page's samples are needed, in their order. */
  readonly take: readonly number[]
  /** The type of the numbers that hold a sample as it is stored. */
  readonly stored: Make
  /** The type of the image's numbers. */
  readonly make: Make
  /** From samples that were taken to the image's; nothing where they are the same. */
  readonly convert?: (data: Samples) => Samples
  /** Luma and chroma that share samples of chroma among pixels. */
  readonly subsampling?: Ycc['subsampling']
  readonly notes: readonly string[]
}

/** Samples of a colour by PhotometricInterpretation. */
const COLOURS: Record<number, number> = {
  [PHOTOMETRIC.whiteIsZero]: 1,
  [PHOTOMETRIC.blackIsZero]: 1,
  [PHOTOMETRIC.rgb]: 3,
  [PHOTOMETRIC.palette]: 1,
  [PHOTOMETRIC.mask]: 1,
  [PHOTOMETRIC.cmyk]: 4,
  [PHOTOMETRIC.ycc]: 3,
  [PHOTOMETRIC.lab]: 3,
  [PHOTOMETRIC.iccLab]: 3,
}

/** @throws AdzusError for colours, depths and kinds of samples that are not read */
export async function modelOf(page: Page): Promise<Model> {
  const { directory, samples, kind, photometric } = page
  const { where } = directory.ranges
  const stored = arrayOf(page)
  if (!stored) throw unreadTiff(where, `one with samples of ${kind === 'complex' ? 'complex numbers' : typeOf(page)}`)
  const colours = COLOURS[photometric]
  if (colours === undefined) throw unreadTiff(where, `one whose colours are of kind ${photometric} (PhotometricInterpretation)`)
  if (samples < colours) throw brokenTiff(where, `${samples} samples a pixel where colours have ${colours}`)
  const alpha = alphaOf(page, colours)
  const isGrey = photometric === PHOTOMETRIC.whiteIsZero || photometric === PHOTOMETRIC.blackIsZero
  if (isGrey && samples > 1 && !(samples === 2 && alpha)) return measurements(page, stored)
  const isPlain = isGrey || photometric === PHOTOMETRIC.rgb || photometric === PHOTOMETRIC.mask
  const take = [...Array(colours).keys(), ...(isPlain && alpha ? [alpha.place] : [])]
  const left = samples - take.length
  const notes = left > 0 ? [`${left === 1 ? 'one of its channels is' : `${left} of its channels are`} no colour and left out`] : []
  const model = { channels: take.length, take, stored, make: stored, notes }
  return isPlain ? plain(page, model, alpha?.multiplied ?? false) : colourful(page, { ...model, channels: 3 })
}

/** Which sample is alpha, if one is, and whether it was multiplied into the colours. */
function alphaOf({ samples, extras, kind, bits }: Page, colours: number): { place: number; multiplied: boolean } | undefined {
  // Of other depths, opaque is not the largest number of the type that holds it.
  if (!(kind === 'float' || (kind === 'uint' && (bits <= 8 || bits === 16)))) return undefined
  for (let place = colours; place < samples; place++) {
    const extra = extras[place - samples + extras.length]
    if (extra === 1 || extra === 2) return { place, multiplied: extra === 1 }
  }
  return undefined
}

/** Grey channels that are no colours and have no alpha: each is an image of its own. */
function measurements(page: Page, stored: Make): Model {
  const { samples, bits, photometric, directory } = page
  if (bits < 8) throw unreadTiff(directory.ranges.where, `one with ${samples} channels of ${bits} bits`)
  const convert = photometric === PHOTOMETRIC.whiteIsZero ? changed((data) => invert(data, mostOf(page))) : undefined
  return { channels: samples, channelNames: numbered(samples), take: [...Array(samples).keys()], stored, make: stored, convert, notes: [] }
}

/** Grey and RGB, with alpha or without. */
function plain(page: Page, model: Model, multiplied: boolean): Model {
  const { bits, kind, photometric, directory } = page
  const { channels } = model
  const inverted = photometric === PHOTOMETRIC.whiteIsZero
  const widens = kind === 'uint' && bits < 8
  if (inverted && channels > 1) throw unreadTiff(directory.ranges.where, 'one with alpha where zero is white')
  if (!inverted && !widens && !multiplied) return model
  const convert = changed((data) => {
    if (widens) widen(data, bits)
    if (inverted) invert(data, mostOf(page))
    if (multiplied) divideAlpha(data, channels)
  })
  return {
    ...model,
    convert,
    notes: multiplied ? [...model.notes, 'its colours were multiplied with alpha, which was undone'] : model.notes,
  }
}

/** Colours that become RGB. */
async function colourful(page: Page, model: Model): Promise<Model> {
  const { directory, bits, kind, photometric, planar, samples } = page
  const { where } = directory.ranges
  const depths: Record<number, boolean> = {
    [PHOTOMETRIC.palette]: bits <= 16,
    [PHOTOMETRIC.ycc]: bits === 8,
  }
  if (kind !== 'uint' || !(depths[photometric] ?? (bits === 8 || bits === 16)))
    throw unreadTiff(where, `one whose colours are of kind ${photometric} (PhotometricInterpretation) with samples of ${typeOf(page)}`)
  if (photometric === PHOTOMETRIC.palette) {
    const map = await directory.numbers(TAG.colourMap, 3 * 2 ** 16)
    if (map.length < 3) throw brokenTiff(where, 'no palette')
    const palette = paletteOf(map)
    return { ...model, make: Uint8Array, convert: (data) => fromPalette(data, palette) }
  }
  if (photometric === PHOTOMETRIC.cmyk) {
    const notes = [...model.notes, 'it has four inks (CMYK), which became RGB without their colour profile']
    return { ...model, notes, convert: fromInks }
  }
  if (photometric !== PHOTOMETRIC.ycc) return { ...model, convert: (data) => fromLab(data, photometric === PHOTOMETRIC.iccLab) }
  if (MAKE_RGB.includes(page.compression) && !planar) return model
  const ycc = await yccOf(page)
  const shared = ycc.subsampling[0] * ycc.subsampling[1] > 1
  if (shared && (planar || samples > 3 || page.predictor !== 1))
    throw unreadTiff(where, 'one with subsampled chroma in planes, with a predictor or with further channels')
  return { ...model, subsampling: shared ? ycc.subsampling : undefined, convert: (data) => fromYcc(data, ycc) }
}

/** What zero is where it is white. */
function mostOf({ kind, bits }: Page): number {
  if (kind !== 'uint') return kind === 'int' ? -1 : 0
  return bits < 8 ? 255 : 2 ** bits - 1
}

/** A change that leaves the samples themselves as they are. */
function changed(change: (data: Samples) => void): (data: Samples) => Samples {
  return (data) => {
    const copy = data.slice()
    change(copy)
    return copy
  }
}

async function yccOf({ directory }: Page): Promise<Ycc> {
  const numbers = async (tag: number, otherwise: number[], holds: (values: number[]) => boolean) => {
    const values = Array.from(await directory.numbers(tag, otherwise.length))
    return values.length === otherwise.length && holds(values) ? values : otherwise
  }
  const [h, v] = await numbers(TAG.yccSubsampling, [2, 2], (values) => values.every((value) => [1, 2, 4].includes(value)))
  const [red, green, blue] = await numbers(TAG.yccCoefficients, [0.299, 0.587, 0.114], ([, g]) => g > 0)
  const reference = await numbers(
    TAG.referenceBlackWhite,
    [0, 255, 128, 255, 128, 255],
    ([y0, y1, b0, b1, r0, r1]) => y1 > y0 && b1 > b0 && r1 > r0,
  )
  return { coefficients: [red, green, blue], reference, subsampling: [h, v] }
}
