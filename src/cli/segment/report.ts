/**
 * @file What a run says of each image: a line of text or of JSON (`schema/line.schema.json`), and
 * at the end what failed.
 */
import type { AdzusError } from '../../errors.ts'
import type { Segmentation, TiledSegmentation, VolumeSegmentation } from '../../index.ts'
import { printable } from '../../messages.ts'
import { foregroundShare, withTotal } from '../../output/record.ts'
import { counted } from '../format.ts'
import { type Input, shownPath } from '../inputs.ts'
import { jsonLine } from '../output.ts'
import type { Progress } from '../progress.ts'

/** The exit code of a run that had no time for all of its inputs. */
export const OUT_OF_TIME = 75

export class Report {
  readonly #progress: Progress
  readonly #json: boolean
  readonly #failures: string[] = []

  constructor(progress: Progress, { json = false }: { json?: boolean } = {}) {
    this.#progress = progress
    this.#json = json
  }

  /**
   * @param files the paths of the results, by output
   * @param saving what took how many milliseconds besides the result's own stages
   * @returns how many milliseconds all of it took
   */
  done(input: Input, result: Segmentation, files: Record<string, string>, saving: Record<string, number>): number {
    const { width, height, segments, objects } = result
    const segmentCount = segments.length
    const facts = { width, height, segmentCount, ...(objects && { objectCount: objects.count }) }
    const words = `${counted(segmentCount, 'segment')}${objects ? `, ${objects.count} objects` : ''}`
    const share = foregroundShare(result)
    return this.#finished(input, result, { files, saving, facts: { ...facts, foregroundShare: share }, words, share })
  }

  /** The same of a volume. */
  volumeDone(input: Named, result: VolumeSegmentation, files: Record<string, string>, saving: Record<string, number>): number {
    const { size, segments, objects } = result
    const slices = { count: result.slices.count, segmented: result.slices.segmented.length }
    const facts = { size, slices, segmentCount: segments.length, ...(objects && { objectCount: objects.count }) }
    const seen = `${slices.segmented} of ${slices.count} slices seen`
    const words = `${size.join(' × ')} voxels, ${seen}, ${counted(segments.length, 'segment')}`
    const share = foregroundShare(result)
    return this.#finished(input, result, { files, saving, facts: { ...facts, foregroundShare: share }, words, share })
  }

  /** The same of an image that was segmented by tiles. */
  doneByTiles(input: Named, result: TiledSegmentation, files: Record<string, string>, saving: Record<string, number>): number {
    const { width, height, objects, tiles, foregroundShare: share } = result
    const facts = { width, height, segmentCount: 0, objectCount: objects.count, tileCount: tiles.count }
    const words = `${tiles.count} tiles, ${counted(objects.count, 'object')}`
    const rounded = Number(share.toFixed(6))
    return this.#finished(input, result, { files, saving, facts: { ...facts, foregroundShare: rounded }, words, share })
  }

  /** Says what was found, and its notes. Returns the milliseconds of all of it. */
  #finished(input: Named, result: Finished, { files, saving, facts, words, share }: Findings): number {
    const { notes } = result
    const timings = withTotal({ ...result.timings, ...saving })
    const milliseconds = timings.total
    this.#line(
      { input: shown(input), status: 'done', files, ...facts, milliseconds, timings, notes },
      `${printable(shown(input))}: ${words}, ${(100 * share).toFixed(1)} % foreground, ${(milliseconds / 1000).toFixed(1)} s${arrow(files)}`,
    )
    for (const note of notes) console.error(printable(`${shown(input)}: ${note}`))
    return milliseconds
  }

  skipped(input: Named, files: Record<string, string>): void {
    this.#line({ input: shown(input), status: 'skipped', files }, `${printable(shown(input))}: done before`)
  }

  /** Another task has it in hand. */
  elsewhere(input: Named): void {
    this.#line({ input: shown(input), status: 'elsewhere' }, `${printable(shown(input))}: another task has it in hand`)
  }

  /** There is no time for the last images (or volumes). Returns the exit code. */
  late(left: number, what = 'images'): number {
    this.#progress.clear()
    console.error(`adzus: stopped by --time-limit, ${left} ${what} left: the same call with --resume goes on`)
    return OUT_OF_TIME
  }

  failed(input: Named, { message }: AdzusError): void {
    this.#line({ input: shown(input), status: 'failed', error: message })
    this.#failures.push(`${printable(shown(input))}: ${message}`)
  }

  /** Says which of `count` images (or volumes) failed. Returns the exit code. */
  end(count: number, what = 'images'): number {
    this.#progress.clear()
    if (this.#failures.length === 0) return 0
    console.error(`${this.#failures.length} of ${count} ${what} failed:\n${this.#failures.map((f) => `  ${f}`).join('\n')}`)
    return 1
  }

  #line(line: object, text?: string): void {
    this.#progress.clear()
    if (this.#json) console.log(jsonLine(line))
    else if (text !== undefined) console.log(text)
  }
}

/** Where the results are: the names that they share. */
function arrow(files: Record<string, string>): string {
  const [first, ...others] = Object.values(files)
  if (first === undefined) return ''
  let end = first.length
  for (const other of others) while (!other.startsWith(first.slice(0, end))) end--
  return ` → ${printable(others.length === 0 ? first : `${first.slice(0, end)}*`)}`
}

/** What every result has. */
interface Finished {
  notes: readonly string[]
  timings: Readonly<Record<string, number>>
}

/** What is said of a result, as members of JSON and in words. */
interface Findings {
  files: Record<string, string>
  saving: Record<string, number>
  facts: object
  words: string
  /** Of the foreground, 0 … 1. */
  share: number
}

/** What has a place to be named by. */
type Named = Pick<Input, 'path'>

const shown = ({ path }: Named) => shownPath(path)
