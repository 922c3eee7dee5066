/**
 * @file From sRGB to CIE L*a*b* (1976) under D65, 2° observer, with the constants of
 * `skimage.color.rgb2lab`. Distances there are closer to what people see than distances in RGB.
 */

/** sRGB's transfer curve (IEC 61966-2-1) at the 256 levels. */
const LINEAR = Float64Array.from({ length: 256 }, (_, level) => {
  const v = level / 255
  return v > 0.04045 ? ((v + 0.055) / 1.055) ** 2.4 : v / 12.92
})

/** White of D65: X and Z where Y is 1. */
const WHITE_X = 0.95047
const WHITE_Z = 1.08883

const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)

/**
 * 8-bit RGB, three samples a pixel → L*, a*, b*, three numbers a pixel: L* from 0 to 100, a* and b*
 * about −110 … 110.
 * @example
 * rgbToLab(Uint8Array.of(255, 0, 0)) // 53.24, 80.09, 67.20
 */
export function rgbToLab(rgb: Uint8Array): Float32Array {
  const lab = new Float32Array(rgb.length)
  // Neighbours are often of the same colour.
  let last = -1
  for (let at = 0; at < rgb.length; at += 3) {
    const colour = (rgb[at] << 16) | (rgb[at + 1] << 8) | rgb[at + 2]
    if (colour === last) lab.copyWithin(at, at - 3, at)
    else put(rgb[at], rgb[at + 1], rgb[at + 2], lab, at)
    last = colour
  }
  return lab
}

function put(red: number, green: number, blue: number, lab: Float32Array, at: number): void {
  const r = LINEAR[red]
  const g = LINEAR[green]
  const b = LINEAR[blue]
  const x = f((0.412453 * r + 0.35758 * g + 0.180423 * b) / WHITE_X)
  const y = f(0.212671 * r + 0.71516 * g + 0.072169 * b)
  const z = f((0.019334 * r + 0.119193 * g + 0.950227 * b) / WHITE_Z)
  lab[at] = 116 * y - 16
  lab[at + 1] = 500 * (x - y)
  lab[at + 2] = 200 * (y - z)
}
