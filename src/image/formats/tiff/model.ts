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
  const { directory, samples, bits, kind, photometric, compression } = page
  const { where } = directory.ranges
  const stored = arrayOf(page)
  if (!stored) throw unreadTiff(where, `one with samples of ${kind === 'complex' ? 'complex numbers' : typeOf(page)}`)
  const colours = COLOURS[photometric]
  if (colours === undefined) throw unreadTiff(where, `one whose colours are of kind ${photometric} (PhotometricInterpretation)`)
  if (samples < colours) throw brokenTiff(where, `${samples} samples a pixel where colours have ${colours}`)
  const made = MAKE_RGB.includes(compression)
  const extra = (i: number) => page.extras[i - samples + page.extras.length] ?? 0
  const first = Array.from({ length: samples }, (_, i) => i)
  const alpha = first.find((i) => i >= colours && (extra(i) === 1 || extra(i) === 2))
  const notes: string[] = []
  const inverted = photometric === PHOTOMETRIC.whiteIsZero
  const grey = photometric === PHOTOMETRIC.whiteIsZero || photometric === PHOTOMETRIC.blackIsZero
  const most = kind === 'uint' ? (bits < 8 ? 255 : 2 ** bits - 1) : kind === 'int' ? -1 : 0
  const own = (change: (data: Samples) => void) => (data: Samples) => {
    const copy = data.slice()
    change(copy)
    return copy
  }
  if (grey && samples > 1 && !(samples === 2 && alpha === 1)) {
    if (bits < 8 && kind === 'uint') throw unreadTiff(where, `one with ${samples} channels of ${bits} bits`)
    const convert = inverted ? own((data) => invert(data, most)) : undefined
    return { channels: samples, channelNames: numbered(samples), take: first, stored, make: stored, convert, notes }
  }
  const withAlpha = alpha !== undefined && (grey || photometric === PHOTOMETRIC.rgb)
  const take = [...first.slice(0, colours), ...(withAlpha ? [alpha] : [])]
  const left = samples - take.length
  if (left > 0) notes.push(`${left === 1 ? 'one of its channels is' : `${left} of its channels are`} no colour and left out`)
  if (grey || photometric === PHOTOMETRIC.rgb || photometric === PHOTOMETRIC.mask) {
    const divides = withAlpha && extra(alpha!) === 1
    if (inverted && withAlpha) throw unreadTiff(where, 'one with alpha where zero is white')
    if (divides) notes.push('its colours were multiplied with alpha, which was undone')
    const widens = kind === 'uint' && bits < 8
    const convert =
      inverted || widens || divides
        ? own((data) => {
            if (widens) widen(data, bits)
            if (inverted) invert(data, most)
            if (divides) divideAlpha(data, take.length)
          })
        : undefined
    return { channels: take.length, take, stored, make: stored, convert, notes }
  }
  const three = { channels: 3, take, stored, make: stored, notes }
  if (photometric === PHOTOMETRIC.palette) {
    if (kind !== 'uint' || bits > 16) throw unreadTiff(where, `one with a palette for samples of ${typeOf(page)}`)
    const map = await directory.numbers(TAG.colourMap, 3 * 2 ** 16)
    if (map.length < 3) throw brokenTiff(where, 'no palette')
    const palette = paletteOf(map)
    return { ...three, make: Uint8Array, convert: (data) => fromPalette(data, 1, palette) }
  }
  if (photometric === PHOTOMETRIC.ycc && made) return three
  const depths = photometric === PHOTOMETRIC.ycc ? [8] : [8, 16]
  if (!depths.includes(bits) || (kind !== 'uint' && photometric !== PHOTOMETRIC.lab))
    throw unreadTiff(where, `one whose colours are of kind ${photometric} with samples of ${typeOf(page)}`)
  if (photometric === PHOTOMETRIC.cmyk) {
    const inks = [...notes, 'it has four inks (CMYK), which became RGB without their colour profile']
    return { ...three, notes: inks, convert: (data) => fromInks(data, 4) }
  }
  if (photometric === PHOTOMETRIC.ycc) {
    const ycc = await yccOf(page)
    const shared = ycc.subsampling[0] * ycc.subsampling[1] > 1
    if (shared && (page.planar || samples > 3 || page.predictor !== 1))
      throw unreadTiff(where, 'one with subsampled chroma in planes, with a predictor or with further channels')
    return { ...three, make: Uint8Array, subsampling: shared ? ycc.subsampling : undefined, convert: (data) => fromYcc(data, 3, ycc) }
  }
  if (kind !== 'uint') throw unreadTiff(where, `one of CIE L*a*b* with samples of ${typeOf(page)}`)
  return { ...three, convert: (data) => fromLab(data, 3, photometric === PHOTOMETRIC.iccLab) }
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
