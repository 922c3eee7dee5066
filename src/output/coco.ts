/**
 * @file `annotations.coco.json`: the segments and objects of all images of a run in COCO's format,
 * with compressed run lengths as pycocotools has them.
 *
 * Objects are instances (`iscrowd` 0). Segments are regions of no one thing (`iscrowd` 1), which
 * training and evaluation leave out.
 */
import type { Rle } from '../image/rle.ts'
import { hasJsonMark } from './mark.ts'
import type { RunOutput } from './output.ts'
import type { ResultRecord } from './record.ts'
import { sortedByName } from './tables.ts'

const CATEGORIES = [
  { id: 1, name: 'object', supercategory: 'object' },
  { id: 2, name: 'foreground', supercategory: 'segment' },
  { id: 3, name: 'background', supercategory: 'segment' },
]
const [OBJECT, FOREGROUND, BACKGROUND] = CATEGORIES.map(({ id }) => id)

/** An annotation without its number and its image's. */
interface Annotation {
  category_id: number
  bbox: readonly number[]
  area: number
  iscrowd: 0 | 1
  segmentation: Rle
}

interface Image {
  file_name: string
  width: number
  height: number
  annotations: Annotation[]
}

export const coco: RunOutput = {
  per: 'run',
  name: 'coco',
  file: 'annotations.coco.json',
  help: 'all images of a run in COCO’s format: objects and segments with RLE',
  isOurs: hasJsonMark,
  needsObjects: true,
  // Of what was segmented by tiles there are no run lengths.
  isServedBy: ({ objects, tiles }) => tiles !== undefined || (objects?.list.every(({ rle }) => rle !== undefined) ?? false),
  collect: ({ version }) => {
    const images = new Map<string, Image>()
    return {
      add: (record, name) => {
        images.set(name, imageOf(record, name))
      },
      encode: () => encoded(version, sortedByName(images)),
    }
  },
}

function imageOf({ input, width, height, segments, objects }: ResultRecord, name: string): Image {
  return {
    file_name: pathFrom(name, input),
    width,
    height,
    annotations: [
      ...segments.map(({ bbox, area, foreground, rle }): Annotation => {
        return { category_id: foreground ? FOREGROUND : BACKGROUND, bbox, area, iscrowd: 1, segmentation: rle }
      }),
      ...(objects?.list ?? []).map(({ bbox, area, rle }): Annotation => {
        return { category_id: OBJECT, bbox, area, iscrowd: 0, segmentation: rle }
      }),
    ],
  }
}

/**
 * Where an image's file lies, from the output folder: records say it from the folder of their own.
 * Of `sub/b` whose record says `../../pictures/b.png` it is `../pictures/b.png`.
 */
function pathFrom(name: string, input: string): string {
  const path = input.replaceAll('\\', '/')
  if (/^(\/|[a-z]:)/i.test(path)) return path
  const parts: string[] = []
  for (const part of [...name.split('/').slice(0, -1), ...path.split('/')])
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '.') parts.push(part)
  return parts.join('/')
}

/** Put together in pieces: one text has no room for the annotations of a large run. */
async function encoded(version: string, images: readonly Image[]): Promise<Uint8Array> {
  const info = { description: 'Segments and objects found by ADZUS', version }
  const listed = images.map(({ file_name, width, height }, i) => JSON.stringify({ id: i + 1, file_name, width, height }))
  const pieces = [
    `{"adzus":${JSON.stringify(version)},"info":${JSON.stringify(info)},"categories":${JSON.stringify(CATEGORIES)},\n`,
    `"images":[\n${listed.join(',\n')}\n],\n"annotations":[\n`,
  ]
  let id = 0
  for (const [i, { annotations }] of images.entries()) {
    const lines = annotations.map((annotation) => JSON.stringify({ id: ++id, image_id: i + 1, ...annotation }))
    const before = lines.length > 0 && id > lines.length ? ',\n' : ''
    pieces.push(before + lines.join(',\n'))
  }
  pieces.push('\n]}\n')
  return new Uint8Array(await new Blob(pieces).arrayBuffer())
}
