/** @file `NAME.overlay.png`: a picture to look at. */
import { overlay as paint } from '../image/overlay.ts'
import { encodePng } from '../image/png-writer.ts'
import { hasPngMark, software } from './mark.ts'
import type { ImageOutput } from './output.ts'

export const overlay: ImageOutput = {
  per: 'image',
  name: 'overlay',
  suffix: '.overlay.png',
  help: 'the picture, segments tinted, the foreground outlined in yellow',
  isOurs: hasPngMark,
  encode: ({ result, run }) => {
    const { width, height, image } = result
    return encodePng(width, height, paint(image, result.labels, result.mask), { software: software(run.version) })
  },
  // In small: nobody looks at a slide pixel by pixel.
  encodeTiles: ({ result, run }) => {
    const { overview } = result
    const mask = result.overviewMask()
    const labels = mask.map((value) => (value === 0 ? 1 : 2))
    return encodePng(overview.width, overview.height, paint(overview, labels, mask), { software: software(run.version) })
  },
}
