/**
 * @file `NAME.objects.png`: separate objects as napari and CellProfiler read them, 0 outside and
 * 1 … n, always with 16 bits.
 */
import { MOST_OBJECTS, objectsOf } from '../adzus/objects.ts'
import { encodePng, encodePngRows } from '../image/png-writer.ts'
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
  encodeTiles: ({ result, run }) => {
    const numbers = numbersIn16Bits(result.objects.list)
    const [labels, row] = [new Uint32Array(result.width), new Uint16Array(result.width)]
    const rowAt = (y: number) => {
      result.objectRow(y, labels)
      for (let x = 0; x < row.length; x++) row[x] = numbers[labels[x]]
      return row
    }
    return encodePngRows(result.width, result.height, rowAt, { software: software(run.version) })
  },
}

/**
 * For each object its number in the file: of more than 16 bits can number, the largest keep theirs
 * in order, and the others are outside.
 */
function numbersIn16Bits(list: readonly { id: number; area: number }[]): Uint16Array {
  const numbers = new Uint16Array(list.length + 1)
  const kept = list.length <= MOST_OBJECTS ? list : list.toSorted((a, b) => b.area - a.area).slice(0, MOST_OBJECTS)
  for (const [i, { id }] of kept.toSorted((a, b) => a.id - b.id).entries()) numbers[id] = i + 1
  return numbers
}

/** The same, of pictures only that show many objects. */
export const objectsWhereSeen: ImageOutput = { ...objects, isMadeFor: (result) => result.objects !== undefined }
