/** @file Units of length as descriptions of pictures name them, in millimetres. */

const MILLIMETRES: Record<string, number> = {
  m: 1000,
  cm: 10,
  mm: 1,
  um: 1e-3,
  micron: 1e-3,
  microns: 1e-3,
  micrometer: 1e-3,
  micrometre: 1e-3,
  nm: 1e-6,
  pm: 1e-9,
  inch: 25.4,
  inches: 25.4,
  in: 25.4,
}

/** A length in millimetres; nothing where it is no positive number of a unit that is known. */
export function millimetres(value: number, unit: string): number | undefined {
  // Micro has two signs, and ImageJ writes the first as an escape.
  const name = unit
    .trim()
    .replace(/^(?:\\u00b5|\u00b5|\u03bc)/i, 'u')
    .toLowerCase()
  const length = value * (MILLIMETRES[name] ?? Number.NaN)
  return length > 0 && Number.isFinite(length) ? length : undefined
}
