/**
 * @file From stored samples to values, and which of them are black and white: modality table or
 * rescale, window or display table, MONOCHROME1 (PS3.3, C.11.1, C.11.2 and C.7.6.3.1.2).
 */
import type { Attributes } from './attributes.ts'
import type { DataSet } from './data-set.ts'
import { type Lut, lookUp, tableOf } from './lut.ts'
import { TAGS } from './tags.ts'

export interface Display {
  /** A stored sample's value. */
  map: (stored: number) => number
  /** Whether samples stay as they are. */
  identity: boolean
  /** The values that are shown black and white. */
  window?: readonly [black: number, white: number]
  notes: readonly string[]
}

type Window = readonly [number, number]

/** A window of one step is given this width. */
const STEP = 1e-3

/**
 * @param group the data set, or functional groups of the frame, that has a tag's module
 * @throws Error for tables that are broken
 */
export function displayOf(data: DataSet, attributes: Attributes, group: (sequence: number) => DataSet): Display {
  const { signed, stored, photometric, kind } = attributes
  const notes: string[] = []
  const rescale = group(TAGS.valueTransformation)
  const slope = rescale.decimal(TAGS.slope) ?? 1
  const intercept = rescale.decimal(TAGS.intercept) ?? 0
  const modality = tableOf(data, TAGS.modalityLut, signed)
  const value = modality
    ? (sample: number) => lookUp(modality, sample)
    : slope === 1 && intercept === 0
      ? undefined
      : (sample: number) => sample * slope + intercept
  const shown = windowOf(data, group(TAGS.frameWindow), notes, modality !== undefined)
  const mapped = shown && 'most' in shown ? shown : undefined
  const window = mapped ? ([0, mapped.most] as Window) : (shown as Window | undefined)
  const map = (sample: number) => {
    const inner = value ? value(sample) : sample
    return mapped ? mapped.map(inner) : inner
  }
  if (photometric !== 'MONOCHROME1' || kind === 'float') return { map, identity: !value && !mapped, window, notes }
  const [least, most] = signed ? [-(2 ** (stored - 1)), 2 ** (stored - 1) - 1] : [0, 2 ** stored - 1]
  const total = mapped ? mapped.most : modality ? 2 ** modality.bits - 1 : (least + most) * slope + 2 * intercept
  notes.push(`its low values are bright (MONOCHROME1), so that its values are turned around: ${total} - value`)
  return { map: (sample) => total - map(sample), identity: false, window: window && [total - window[1], total - window[0]], notes }
}

interface Mapped {
  map: (value: number) => number
  most: number
}

/** The first window, or what maps values where that is not linear. */
function windowOf(data: DataSet, windows: DataSet, notes: string[], signless: boolean): Window | Mapped | undefined {
  const lut = displayTable(data, windows, signless)
  if (lut) {
    notes.push('its display table (VOI LUT) has been applied to its values')
    return { map: (value: number) => lookUp(lut, value), most: 2 ** lut.bits - 1 }
  }
  const [centre, width] = [windows.decimal(TAGS.windowCentre), windows.decimal(TAGS.windowWidth)]
  if (centre === undefined || width === undefined) return undefined
  const shape = windows.text(TAGS.windowFunction) ?? 'LINEAR'
  if (!(width > 0) || (shape === 'LINEAR' && width < 1)) {
    notes.push(`its window has a width of ${width}, and is left out`)
    return undefined
  }
  if (shape === 'SIGMOID') {
    notes.push('its display function (SIGMOID) has been applied to its values')
    return { map: (value: number) => Math.round(65535 / (1 + Math.exp((-4 * (value - centre)) / width))), most: 65535 }
  }
  if (shape !== 'LINEAR' && shape !== 'LINEAR_EXACT') notes.push('its display function is an unknown one, and taken for LINEAR')
  if (shape === 'LINEAR_EXACT') return [centre - width / 2, centre + width / 2]
  const middle = centre - 0.5
  const half = Math.max(width - 1, STEP) / 2
  return [middle - half, middle + half]
}

/** The display table, where there is one. Values behind a modality table have no sign. */
function displayTable(data: DataSet, windows: DataSet, signless: boolean): Lut | undefined {
  const signed = !signless && (data.number(TAGS.representation) === 1 || (data.decimal(TAGS.intercept) ?? 0) < 0)
  return tableOf(windows, TAGS.displayLut, signed)
}
