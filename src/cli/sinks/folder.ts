/**
 * @file The output folder: the files of each image are written together or not at all, its record
 * last, so that the presence of `NAME.json` says that all of them are there.
 */
import { basename, dirname, join, relative } from 'node:path'
import process from 'node:process'
import { readRegular } from '#platform'
import { AdzusError } from '../../errors.ts'
import type { Parameters, Segmentation, TiledParameters, TiledSegmentation } from '../../index.ts'
import { digestOf, digestOfAll, type EncodedImage, encodeImage, encodeTiles } from '../../output/encode.ts'
import { type Collector, type Digest, type ImagePlace, isOfImage, type Output, type RunInfo, type RunOutput } from '../../output/output.ts'
import { FORMAT, type ResultRecord } from '../../output/record.ts'
import { defaultOutputs, recordOutput } from '../../output/registry.ts'
import type { Item, Sink } from '../../output/sink.ts'
import { refuseInput, remove, writeTogether } from '../files.ts'
import { filesIn, isEarlier, isResult, MAX_RECORD, refuseForeign, type Target } from './origin.ts'

export interface FolderOptions {
  /** What is saved (default: `defaultOutputs`). */
  outputs?: readonly Output[]
  /** Replace files that are called like results but are none. */
  overwrite?: boolean
  /** Real paths of the inputs, none of which is ever written. */
  inputs?: ReadonlySet<string>
  /**
   * The run is a part of a larger one: records hold what files of the whole run need, which are
   * made of all parts later.
   */
  isPart?: boolean
}

/** Bytes (on Windows, characters) of the longest name of a file; some disks take less. */
const LONGEST = 255

export class FolderSink implements Sink {
  readonly #folder: string
  readonly #outputs: readonly Output[]
  readonly #overwrite: boolean
  readonly #inputs: ReadonlySet<string>
  readonly #isPart: boolean
  readonly #collectors = new Map<RunOutput, Collector>()
  /** Paths of files that images did not get, since there was nothing for them. */
  readonly #unmade = new Set<string>()
  #run: RunInfo | undefined

  constructor(folder: string, { outputs = defaultOutputs, overwrite = false, inputs = new Set(), isPart = false }: FolderOptions = {}) {
    this.#folder = folder
    this.#outputs = outputs
    this.#overwrite = overwrite
    this.#inputs = inputs
    this.#isPart = isPart
  }

  async begin(run: RunInfo): Promise<void> {
    this.#run = run
    for (const output of this.#runOutputs()) this.#collectors.set(output, output.collect(run))
    await this.#refuse(this.#runTargets(), undefined)
  }

  /** Results of versions that wrote another format are not taken for done. */
  async has(item: Item, parameters: Parameters | TiledParameters, digest: () => Promise<Digest>): Promise<boolean> {
    try {
      const record = await this.#record(item)
      const sameCall = record.model.sha256 === this.#info.model.sha256 && JSON.stringify(record.parameters) === JSON.stringify(parameters)
      if (record.format !== FORMAT || !sameCall) return false
      for (const output of this.#outputs) {
        if (output.per === 'run' && output.isServedBy?.(record) === false) return false
        if (!isOfImage(output)) continue
        const noted = record.resultFiles[output.name]
        const isUnmade = record.tiles ? output.per === 'folder' || !output.encodeTiles : output.isMadeFor
        if (noted === undefined && isUnmade) {
          this.#unmade.add(this.#base(item) + output.suffix)
          continue
        }
        if (!isSame(noted, await digestAt(this.#base(item) + output.suffix, output.per === 'folder', noted.bytes))) return false
      }
      return isSame(record.inputFile, await digest())
    } catch {
      return false
    }
  }

  async skip(item: Item): Promise<void> {
    if (this.#collectors.size === 0) return
    const record = await this.#record(item)
    for (const collector of this.#collectors.values()) collector.add(record, item.name)
  }

  async admit(item: Item): Promise<void> {
    const targets = this.#targets(item)
    checkLengths(targets)
    await this.#refuse(targets, this.#recordPath(item))
  }

  get needsPlace(): boolean {
    return this.#outputs.some((output) => output.per === 'image' && output.needsPlace)
  }

  async image(item: Item, inputFile: Digest, result: Segmentation, place?: ImagePlace): Promise<Record<string, number>> {
    return this.#write(item, (common) => encodeImage({ ...common, inputFile, result, place }, this.#outputs))
  }

  async tiles(item: Item, inputFile: Digest, result: TiledSegmentation): Promise<Record<string, number>> {
    return this.#write(item, (common) => encodeTiles({ ...common, inputFile, result }, this.#outputs))
  }

  async #write(
    item: Item,
    encode: (common: { name: string; input: string; run: RunInfo }) => Promise<EncodedImage>,
  ): Promise<Record<string, number>> {
    const start = performance.now()
    const base = this.#base(item)
    const input = relative(dirname(base), item.path)
    const { files, record, milliseconds } = await encode({ name: basename(base), input, run: this.#info })
    const recordPath = this.#recordPath(item)
    const targets = this.#targets(item)
    const made = new Set([...files.keys()].map((path) => path.split('/')[0]))
    const unmade = targets.filter(({ path }) => !made.has(basename(path)))
    for (const { path } of targets) this.#unmade.delete(path)
    for (const { path } of unmade) this.#unmade.add(path)
    if (files.size > 0)
      await writeTogether(dirname(base), files, async () => {
        // Once more, since much may have happened while the image was computed.
        await refuseForeign(targets, recordPath, this.#overwrite)
        // Should we be stopped on the way, the record of an earlier run must not vouch for pictures
        // of this one; nor may it where none is written.
        if (files.has(basename(recordPath)) || (await isResult(recordPath, recordOutput.isOurs))) await remove(recordPath)
        // What an earlier run found here and this one did not.
        for (const target of unmade) if (await isEarlier(target)) await remove(target.path)
      })
    for (const collector of this.#collectors.values()) collector.add(record(), item.name)
    return { encode: milliseconds, write: performance.now() - start - milliseconds }
  }

  async end(): Promise<void> {
    for (const [output, collector] of this.#collectors) {
      const contents = await collector.encode()
      await writeTogether(this.#folder, new Map([[output.file, contents]]), () =>
        refuseForeign(this.#runTargets(), undefined, this.#overwrite),
      )
    }
  }

  files(item: Item): Record<string, string> {
    const base = this.#base(item)
    return Object.fromEntries(
      this.#outputs.flatMap((output) =>
        output.per === 'run' || this.#unmade.has(base + output.suffix) ? [] : [[output.name, base + output.suffix]],
      ),
    )
  }

  /** The paths of the files that are made of a whole run. */
  runFiles(): string[] {
    return this.#runTargets().map(({ path }) => path)
  }

  get #info(): RunInfo {
    if (!this.#run) throw new Error('FolderSink: begin comes first')
    return this.#run
  }

  async #record(item: Item): Promise<ResultRecord> {
    return JSON.parse((await readRegular(this.#recordPath(item), MAX_RECORD)).toString())
  }

  #base({ name }: Item): string {
    return join(this.#folder, name)
  }

  #recordPath(item: Item): string {
    return this.#base(item) + recordOutput.suffix
  }

  #targets(item: Item): Target[] {
    const base = this.#base(item)
    return this.#outputs.flatMap((output) =>
      output.per === 'run'
        ? []
        : [{ path: base + output.suffix, isOurs: output.isOurs, folder: output.per === 'folder' ? output : undefined }],
    )
  }

  #runTargets(): Target[] {
    return this.#runOutputs().map(({ file, isOurs }) => ({ path: join(this.#folder, file), isOurs }))
  }

  #runOutputs(): RunOutput[] {
    return this.#isPart ? [] : this.#outputs.filter((output) => output.per === 'run')
  }

  async #refuse(targets: readonly Target[], record: string | undefined): Promise<void> {
    for (const { path } of targets) await refuseInput(path, this.#inputs, '--output')
    await refuseForeign(targets, record, this.#overwrite)
  }
}

/**
 * Fails where a result could not be written for its name's length, which is known before the image
 * is computed.
 */
export function checkLengths(targets: readonly Target[]): void {
  for (const { path } of targets) {
    const name = basename(path)
    const length = process.platform === 'win32' ? name.length : new TextEncoder().encode(name).length
    if (length > LONGEST)
      throw new AdzusError({
        what: 'write',
        where: path,
        expected: `a name of at most ${LONGEST} bytes`,
        got: `a name that is too long (${length})`,
        hint: 'Rename the image.',
      })
  }
}

/** What is in a file, or in all files of a folder. @param most bytes that are read at most */
async function digestAt(path: string, isFolder: boolean, most: number): Promise<Digest> {
  if (!isFolder) return digestOf(await readRegular(path, most))
  const files = new Map<string, Uint8Array>()
  for (const within of await filesIn(path)) files.set(within, await readRegular(join(path, within), most))
  return digestOfAll(files)
}

function isSame(noted: Partial<Digest> | undefined, { bytes, sha256 }: Digest): boolean {
  return noted?.bytes === bytes && noted.sha256 === sha256
}
