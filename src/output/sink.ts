/**
 * @file Where the results of a run go. A run has any number of sinks; whether files are written
 * atomically, what is there already, and how results tell where they come from, is theirs.
 */

import type { Parameters } from '../adzus/options.ts'
import type { Segmentation } from '../adzus/segmentation.ts'
import type { TiledParameters, TiledSegmentation } from '../adzus/tiles/tiled.ts'
import type { Digest, ImagePlace, RunInfo } from './output.ts'

/** An image of a run. */
export interface Item {
  /** What its results are called: a path below the sink's place, without suffix. */
  name: string
  /** Where its file lies. */
  path: string
}

/** Where results go. */
export interface Sink {
  /** Called once, before any image. @throws AdzusError where nothing could be kept */
  begin(run: RunInfo): Promise<void>
  /**
   * Whether the results of an image are there as this run would make them.
   * @param digest of the image's file, which is read for it
   */
  has?(item: Item, parameters: Parameters | TiledParameters, digest: () => Promise<Digest>): Promise<boolean>
  /** Called in place of `image`, before any other image, for what all sinks have already. */
  skip?(item: Item): Promise<void>
  /** Called before an image is computed. @throws AdzusError where its results could not be kept */
  admit?(item: Item): Promise<void>
  /** Whether `image` should be told of places in space, where files tell them. */
  readonly needsPlace?: boolean
  /** Keeps an image's results. Images come in order. Returns what took how many milliseconds. */
  image(item: Item, inputFile: Digest, result: Segmentation, place?: ImagePlace): Promise<Record<string, number>>
  /** The same of an image that was segmented by tiles. */
  tiles?(item: Item, inputFile: Digest, result: TiledSegmentation): Promise<Record<string, number>>
  /** Called once, after the last image; not where a run is ended before that. */
  end(): Promise<void>
  /** The paths of an image's results, by output. */
  files(item: Item): Record<string, string>
}
