/** @file From an image's result to the bytes of its files. */
import { sha256 } from '#platform'
import { isRecord, isString, must } from '../arguments.ts'
import type { Digest, FinishedImage, FinishedTiles, ImageOutput, Output } from './output.ts'
import { type ResultRecord, recordOf, type Saved, tiledRecordOf } from './record.ts'

/** What is to be saved of an image. */
export interface EncodedImage {
  /**
   * By the files' names, in the order in which they are to be written: the record vouches for the
   * others and comes last.
   */
  files: Map<string, Uint8Array>
  /** Has the RLE of every segment, and is made when it is first asked for. */
  record: () => ResultRecord
  /** Milliseconds that encoding took, but for the record itself. */
  milliseconds: number
}

/**
 * Makes the files of one image.
 * @param outputs those among them that make a file of a whole run are left out
 * @example
 * const image = { name: 'cell', input: 'cell.png', inputFile, result, run }
 * const { files } = await encodeImage(image, chooseOutputs(['mask', 'json']))
 */
export async function encodeImage(image: FinishedImage, outputs: readonly Output[]): Promise<EncodedImage> {
  must(
    'image',
    isRecord(image) && isRecord(image.result) && isString(image.name),
    'a finished image { name, input, inputFile, result, run }',
    image,
  )
  must('outputs', Array.isArray(outputs), 'a list of outputs (chooseOutputs)', outputs)
  const made = outputs.flatMap((output) =>
    output.per === 'image' && (output.isMadeFor?.(image.result) ?? true) ? [{ output, bytes: output.encode(image) }] : [],
  )
  return encoded(image.name, outputs, made, (saved) => recordOf(image, saved))
}

/**
 * Makes the files of one picture that was segmented by tiles: of outputs that know how.
 * @example
 * const result = await adzus.segmentTiles(image)
 * const finished = { name: 'slide', input: 'slide.svs', inputFile, result, run }
 * const { files } = await encodeTiles(finished, chooseOutputs(['mask', 'json']))
 */
export async function encodeTiles(image: FinishedTiles, outputs: readonly Output[]): Promise<EncodedImage> {
  must('image', isRecord(image) && isRecord(image.result) && isString(image.name), 'a finished image', image)
  must('outputs', Array.isArray(outputs), 'a list of outputs (chooseOutputs)', outputs)
  const made = outputs.flatMap((output) =>
    output.per === 'image' && output.encodeTiles ? [{ output, bytes: output.encodeTiles(image) }] : [],
  )
  return encoded(image.name, outputs, made, (saved) => tiledRecordOf(image, saved))
}

/** The files that are being made of an image, and its record about them. */
async function encoded(
  base: string,
  outputs: readonly Output[],
  making: readonly { output: ImageOutput; bytes: Promise<Uint8Array> }[],
  recordWith: (saved: Saved) => ResultRecord,
): Promise<EncodedImage> {
  const start = performance.now()
  const made = await Promise.all(
    making.map(async ({ output, bytes }) => ({ output: output.name, name: base + output.suffix, bytes: await bytes })),
  )
  const digests = await Promise.all(made.map(({ bytes }) => digestOf(bytes)))
  const milliseconds = performance.now() - start
  let record: ResultRecord | undefined
  const recordOnce = () => {
    record ??= recordWith({
      files: Object.fromEntries(made.map(({ output, name }) => [output, name])),
      resultFiles: Object.fromEntries(made.map(({ output }, i) => [output, digests[i]])),
      encode: milliseconds,
    })
    return record
  }
  const files = new Map(made.map(({ name, bytes }) => [name, bytes]))
  for (const output of outputs) if (output.per === 'record') files.set(base + output.suffix, output.encode(recordOnce()))
  return { files, record: recordOnce, milliseconds }
}

export async function digestOf(contents: Uint8Array): Promise<Digest> {
  const read = async (offset: number, length: number) => contents.subarray(offset, offset + length)
  return { bytes: contents.length, sha256: await sha256({ name: 'contents', size: contents.length, read }) }
}
