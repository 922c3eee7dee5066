/**
 * @file `NAME.objects.png`: separate objects as napari and CellProfiler read them, 0 outside and
 * 1 … n, always with 16 bits.
 */
import { objectsOf } from '../adzus/objects.ts'
import { encodePng } from '../image/png-writer.ts'
import { hasPngMark, software } from './mark.ts'
import type { ImageOutput } from './output.ts'

export const objects: ImageOutput = {
  per: 'image',
  name: 'objects',
  suffix: '.objects.png',
  help: 'the number of each pixel’s object, 0 outside, in 16 bits; parts of the mask where not many are seen',
  isOurs: hasPngMark,
  needsObjects: true,
  encode: ({ result, run }) => encodePng(result.width, result.height, objectsOf(result).labels, { software: software(run.version) }),
}

/** The same, of pictures only that show many objects. */
export const objectsWhereSeen: ImageOutput = { ...objects, isMadeFor: (result) => result.objects !== undefined }
