/**
 * @file `NAME.labels.png`: the label map. The pixels are the segments' numbers; up to 255 segments
 * a palette lets viewers show them in the overlay's colours, beyond that it is grey with 16 bits.
 */
import { MOST_COLOURS, segmentPalette } from '../image/palette.ts'
import { encodePng } from '../image/png-writer.ts'
import { hasPngMark, software } from './mark.ts'
import type { ImageOutput } from './output.ts'

export const labels: ImageOutput = {
  per: 'image',
  name: 'labels',
  suffix: '.labels.png',
  help: 'the number of each pixel’s segment, 1…n',
  isOurs: hasPngMark,
  encode: ({ result, run }) => {
    const { width, height, segments } = result
    const palette = segments.length <= MOST_COLOURS ? segmentPalette(segments.length) : undefined
    return encodePng(width, height, result.labels, { software: software(run.version), palette })
  },
}
