/**
 * @file The door for outputs: what a run can save of its images. Everything here and beside it
 * makes bytes and works in a page; where they go is a sink's business (`sink.ts`).
 */
import type { Segmentation } from '../adzus/segmentation.ts'
import type { TiledSegmentation } from '../adzus/tiles/tiled.ts'
import type { Volume } from '../image/volume.ts'
import type { ResultRecord } from './record.ts'

/** What the images of a run have in common. */
export interface RunInfo {
  version: string
  model: { path: string; sha256: string }
  backend: string
  adapter: string
}

/** What tells whether a file still holds the same: its length, and its SHA-256 (hexadecimal). */
export interface Digest {
  bytes: number
  sha256: string
}

/** An image that has been segmented. */
export interface FinishedImage {
  /** What its files are called, without suffix. */
  name: string
  /** Where its file lies, as the record says it; and what is in it. */
  input: string
  inputFile: Digest
  result: Segmentation
  run: RunInfo
  /** Where it lies in space, and its header, for outputs that keep them (`needsPlace`). */
  place?: ImagePlace
}

/** A picture as a volume of one slice. */
export type ImagePlace = Pick<Volume, 'size' | 'spacing' | 'affine' | 'origin'>

/** The same, where it was segmented by tiles. */
export interface FinishedTiles extends Omit<FinishedImage, 'result'> {
  result: TiledSegmentation
}

interface Common {
  /** What `--save` calls it. */
  name: string
  /** Half a line for `--help`. */
  help: string
  /** Whether a file's first 64 bytes say that adzus made it: such a file may be replaced. */
  isOurs(beginning: Uint8Array): boolean
  /** Whether it is made of separate objects, which the record then has as well. */
  needsObjects?: true
}

/** A file for each image, made of its result. */
export interface ImageOutput extends Common {
  per: 'image'
  /** What follows the image's name: `.mask.png`. */
  suffix: string
  /** Whether it is made with what the file tells of the picture's place in space. */
  needsPlace?: true
  /** Whether a result gets this file; left out where every result does. */
  isMadeFor?(result: Segmentation): boolean
  encode(image: FinishedImage): Promise<Uint8Array>
  /** The file of a picture that was segmented by tiles; left out where it gets none. */
  encodeTiles?(image: FinishedTiles): Promise<Uint8Array>
}

/**
 * A folder for each image, of files that belong together. It is known by the mark of one of them,
 * which `isOurs` looks for.
 */
export interface FolderOutput extends Common {
  per: 'folder'
  /** What follows the image's name: `.labels.zarr`. */
  suffix: string
  /** The path within the folder of the file that has the mark. */
  marked: string
  /** Whether such a path within the folder may be one of ours; others are never removed. */
  holds(path: string): boolean
  isMadeFor?(result: Segmentation): boolean
  /** The files by their paths within the folder. */
  encode(image: FinishedImage): Promise<ReadonlyMap<string, Uint8Array>>
}

/**
 * The file of each image that says how the others were made, and vouches for them: there is one
 * such output.
 */
export interface RecordOutput extends Common {
  per: 'record'
  suffix: string
  encode(record: ResultRecord): Uint8Array
}

/**
 * One file for all images of a run. It is made of their records, so that images that were done by
 * an earlier run are in it, too.
 */
export interface RunOutput extends Common {
  per: 'run'
  /** Its name in the output folder. */
  file: string
  /**
   * Whether the record of an earlier run has all that is needed; left out where every one does.
   */
  isServedBy?(record: ResultRecord): boolean
  collect(run: RunInfo): Collector
}

/** A `RunOutput` of one run. */
export interface Collector {
  /** Takes the next image. `name` is that of its files below the output folder, without suffix. */
  add(record: ResultRecord, name: string): void
  encode(): Promise<Uint8Array>
}

/**
 * What can be saved: a file or a folder for each image, its record, or a file for the whole run.
 */
export type Output = ImageOutput | FolderOutput | RecordOutput | RunOutput

/** Whether an output is made of each image's result. */
export function isOfImage(output: Output): output is ImageOutput | FolderOutput {
  return output.per === 'image' || output.per === 'folder'
}
