/** @file `NAME.mask.png`: the foreground. */
import { encodePng } from '../image/png-writer.ts'
import { hasPngMark, software } from './mark.ts'
import type { ImageOutput } from './output.ts'

export const mask: ImageOutput = {
  per: 'image',
  name: 'mask',
  suffix: '.mask.png',
  help: 'the foreground, 0 or 255',
  isOurs: hasPngMark,
  encode: ({ result, run }) => encodePng(result.width, result.height, result.mask, { software: software(run.version) }),
}
