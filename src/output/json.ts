/** @file `NAME.json`: the record of an image (`record.ts`). */
import { hasJsonMark } from './mark.ts'
import type { RecordOutput } from './output.ts'

export const json: RecordOutput = {
  per: 'record',
  name: 'json',
  suffix: '.json',
  help: 'how it was made, and each segment with its measures and COCO RLE',
  isOurs: hasJsonMark,
  encode: (record) => new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`),
}
