/**
 * @file What EXIF says of the pixels: how viewers turn them, and their density (JEITA CP-3451; the
 * structure is TIFF's, revision 6.0). Everything else is left unread. Cameras, phones and editors
 * write it in many broken ways, so whatever does not fit counts as not said.
 */
import { isOrientation, type Orientation } from './orientation.ts'
import { type Spacing, spacingOf } from './spacing.ts'

export interface Exif {
  orientation?: Orientation
  spacing?: Spacing
}

const ORIENTATION = 0x0112
const X_DENSITY = 0x011a
const Y_DENSITY = 0x011b
const DENSITY_UNIT = 0x0128

/** Types of values. */
const SHORT = 3
const LONG = 4
const RATIONAL = 5

/** Millimetres of the units of densities: inch (also where none is told) and centimetre. */
const UNITS: Record<number, number> = { 2: 25.4, 3: 10 }

/** What is said of a file whose EXIF data `readExif` does not understand. */
export const DAMAGED_EXIF = 'its EXIF data are damaged and are left out'

/**
 * @param tiff the data from the byte order on
 * @returns nothing where this is no EXIF
 */
export function readExif(tiff: Uint8Array): Exif | undefined {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  if (tiff.length < 10) return undefined
  const order = view.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return undefined
  const little = order === 0x4949
  const directory = view.getUint32(4, little)
  if (view.getUint16(2, little) !== 42 || directory + 2 > tiff.length) return undefined
  const values = new Map<number, number>()
  const end = Math.min(directory + 2 + 12 * view.getUint16(directory, little), tiff.length)
  for (let at = directory + 2; at + 12 <= end; at += 12) {
    const tag = view.getUint16(at, little)
    const value = numberOf(view, at, little)
    if (value !== undefined && !values.has(tag)) values.set(tag, value)
  }
  const orientation = values.get(ORIENTATION)
  const unit = UNITS[values.get(DENSITY_UNIT) ?? 2]
  return {
    orientation: isOrientation(orientation) ? orientation : undefined,
    spacing: spacingOf(values.get(X_DENSITY) ?? 0, values.get(Y_DENSITY) ?? 0, unit ?? 0),
  }
}

/** The first number of a directory's entry, where it is of a type that is needed here. */
function numberOf(view: DataView, at: number, little: boolean): number | undefined {
  const type = view.getUint16(at + 2, little)
  if (type === SHORT) return view.getUint16(at + 8, little)
  const long = view.getUint32(at + 8, little)
  if (type === LONG) return long
  if (type !== RATIONAL || long + 8 > view.byteLength) return undefined
  return view.getUint32(long, little) / view.getUint32(long + 4, little)
}
