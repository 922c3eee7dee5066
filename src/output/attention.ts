/** @file Where a pixel looks, as a picture: `adzus segment --attention`. */
import type { CellAttention } from '../adzus/cell-attention.ts'
import type { View } from '../adzus/view.ts'
import { heatMap } from '../image/heat.ts'
import { encodePng } from '../image/png-writer.ts'
import { hasPngMark, software } from './mark.ts'

export const attentionPicture = {
  /** What its file's name ends with. */
  suffix: '.png',
  help: 'a PNG file',
  isOurs: hasPngMark,
  /** @param pixel gets a cross */
  encode(view: View, { values, grid }: CellAttention, pixel: readonly [number, number], version: string): Promise<Uint8Array> {
    const painted = heatMap(view.image, values, grid!, pixel)
    return encodePng(view.width, view.height, painted, { software: software(version) })
  },
}
