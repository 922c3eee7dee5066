/** @file Colours: YBR_FULL to RGB (PS3.3, C.7.6.3.1.2; ITU-T T.871), and palettes. */
import { type Lut, lookUp } from './lut.ts'
import type { StoredSamples } from './stored.ts'

const GREEN_OF_CB = (0.114 * 1.772) / 0.587
const GREEN_OF_CR = (0.299 * 1.402) / 0.587

/** Samples of 8 bits, three a pixel. */
export function rgbOfYbr(ybr: StoredSamples): Uint8Array {
  const out = new Uint8Array(ybr.length)
  const level = (value: number) => Math.min(255, Math.max(0, Math.floor(value + 0.5)))
  for (let at = 0; at + 2 < ybr.length; at += 3) {
    const [y, cb, cr] = [ybr[at], ybr[at + 1] - 128, ybr[at + 2] - 128]
    out[at] = level(y + 1.402 * cr)
    out[at + 1] = level(y - GREEN_OF_CB * cb - GREEN_OF_CR * cr)
    out[at + 2] = level(y + 1.772 * cb)
  }
  return out
}

/** The colours of a palette, of 8 bits where its entries have no more. */
export function rgbOfPalette(samples: StoredSamples, palette: readonly Lut[]): Uint8Array | Uint16Array {
  const out = new (palette.some(({ bits }) => bits > 8) ? Uint16Array : Uint8Array)(3 * samples.length)
  for (let i = 0; i < samples.length; i++) for (let c = 0; c < 3; c++) out[3 * i + c] = lookUp(palette[c], samples[i])
  return out
}
