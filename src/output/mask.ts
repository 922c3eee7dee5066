/** @file `NAME.mask.png`: the foreground. */
import { encodePng, encodePngRows } from '../image/png-writer.ts'
import { hasPngMark, software } from './mark.ts'
import type { ImageOutput } from './output.ts'

export const mask: ImageOutput = {
  per: 'image',
  name: 'mask',
  suffix: '.mask.png',
  help: 'the foreground, 0 or 255',
  isOurs: hasPngMark,
  encode: ({ result, run }) => encodePng(result.width, result.height, result.mask, { software: software(run.version) }),
  encodeTiles: ({ result, run }) => {
    const row = new Uint8Array(result.width)
    return encodePngRows(result.width, result.height, (y) => result.maskRow(y, row), { software: software(run.version) })
  },
}
