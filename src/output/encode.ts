/** @file From an image's result to the bytes of its files. */
import { sha256 } from '#platform'
import { isRecord, isString, must } from '../arguments.ts'
import {
  type Digest,
  type FinishedImage,
  type FinishedTiles,
  type FolderOutput,
  type ImageOutput,
  isOfImage,
  type Output,
} from './output.ts'
import { type ResultRecord, recordOf, type Saved, tiledRecordOf } from './record.ts'

/** What is to be saved of an image. */
export interface EncodedImage {
  /**
   * By the files' names, in the order in which they are to be written: the record vouches for the
   * others and comes last. Those of a folder have paths, such as `a.labels.zarr/zarr.json`.
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
  const { name, result } = image
  const wanted = outputs.filter(isOfImage).filter((output) => output.isMadeFor?.(result) ?? true)
  const needsObjects = [...wanted, ...outputs.filter((output) => output.per === 'run')].some((output) => output.needsObjects)
  return encoded(name, outputs, wanted, {
    make: (output) => output.encode(image),
    record: (saved) => recordOf(image, { ...saved, needsObjects }),
  })
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
  const wanted = outputs.filter((output) => output.per === 'image').filter(({ encodeTiles: how }) => how !== undefined)
  return encoded(image.name, outputs, wanted, {
    make: (output) => output.encodeTiles!(image),
    record: (saved) => tiledRecordOf(image, saved),
  })
}

/** How the files of an image are made, and its record about them. */
interface Making<O> {
  make(output: O): Promise<Uint8Array | ReadonlyMap<string, Uint8Array>>
  record(saved: Saved): ResultRecord
}

async function encoded<O extends ImageOutput | FolderOutput>(
  name: string,
  outputs: readonly Output[],
  wanted: readonly O[],
  making: Making<O>,
): Promise<EncodedImage> {
  const start = performance.now()
  const made = await Promise.all(
    wanted.map(async (output) => {
      const path = name + output.suffix
      const contents = await making.make(output)
      if (contents instanceof Uint8Array)
        return { output: output.name, path, files: [[path, contents]] as const, digest: await digestOf(contents) }
      const files = [...contents].map(([place, bytes]) => [`${path}/${place}`, bytes] as const)
      return { output: output.name, path, files, digest: await digestOfAll(contents) }
    }),
  )
  const milliseconds = performance.now() - start
  let record: ResultRecord | undefined
  const recordOnce = () => {
    record ??= making.record({
      files: Object.fromEntries(made.map(({ output, path }) => [output, path])),
      resultFiles: Object.fromEntries(made.map(({ output, digest }) => [output, digest])),
      encode: milliseconds,
    })
    return record
  }
  const files = new Map<string, Uint8Array>(made.flatMap((one) => [...one.files]))
  for (const output of outputs) if (output.per === 'record') files.set(name + output.suffix, output.encode(recordOnce()))
  return { files, record: recordOnce, milliseconds }
}

/** Of a folder: the length of all its files, and the hash of their sorted paths and hashes. */
export async function digestOfAll(files: ReadonlyMap<string, Uint8Array>): Promise<Digest> {
  let [bytes, list] = [0, '']
  for (const path of [...files.keys()].sort()) {
    const digest = await digestOf(files.get(path)!)
    bytes += digest.bytes
    list += `${digest.sha256}  ${path}\n`
  }
  return { bytes, sha256: (await digestOf(new TextEncoder().encode(list))).sha256 }
}

export async function digestOf(contents: Uint8Array): Promise<Digest> {
  const read = async (offset: number, length: number) => contents.subarray(offset, offset + length)
  return { bytes: contents.length, sha256: await sha256({ name: 'contents', size: contents.length, read }) }
}
