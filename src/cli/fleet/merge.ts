/**
 * @file The files of a whole run, made of what its parts have left: tables, COCO, the outlines of
 * all images. They depend on the results alone, not on which task made them or when.
 */
import { basename, dirname, join, relative, resolve } from 'node:path'
import { readRegular } from '#platform'
import { AdzusError } from '../../errors.ts'
import { geojson } from '../../output/geojson.ts'
import { hasJsonMark } from '../../output/mark.ts'
import type { Collector, RunOutput } from '../../output/output.ts'
import { FORMAT, type ResultRecord } from '../../output/record.ts'
import { outputs, recordOutput } from '../../output/registry.ts'
import { writeTogether } from '../files.ts'
import { isResult, MAX_RECORD, refuseForeign } from '../sinks/origin.ts'
import { version } from '../version.ts'
import { type Failure, type Planned, readPlanned, readTasks } from './journal.ts'
import { failures, recordsIn } from './status.ts'

const SUMMARY = 'summary.json'
const OUTLINES = 'outlines.geojson'

/** What a merge has found and made. */
export interface Merged {
  /** All images of the run; where its parts left no lists, those that are there. */
  pictures: number
  merged: number
  /** Volumes that are done: their results are whole by themselves, nothing of them is joined. */
  volumes: string[]
  failed: Failure[]
  /** Neither done nor failed. */
  missing: Planned[]
  /** Results that another version has written, which this one does not read. */
  foreign: string[]
  /** Names of the files that were made. */
  files: string[]
  /** Outputs that records do not hold enough for, and how many these are. */
  leftOut: { output: string; images: number }[]
}

/** The kinds of files that there are for a whole run. */
export const mergedOutputs = [...outputs.filter((output) => output.per === 'run').map(({ name }) => name), geojson.name]

interface Parts {
  /** Names of images, sorted; where there are no lists, also of other JSON files. */
  names: string[]
  failed: Failure[]
  missing: Planned[]
}

/** What the parts of a run have left; results of other runs in the folder are not of it. */
async function partsOf(output: string, target: string): Promise<Parts> {
  const [planned, tasks, there] = await Promise.all([readPlanned(output), readTasks(output), recordsIn(output)])
  const within = `${relative(output, target).replaceAll('\\', '/')}/`
  const all = planned.size > 0 ? [...planned.keys()] : [...there].filter((name) => !name.startsWith(within) && !name.startsWith('.'))
  const names = all.filter((name) => there.has(name)).sort(byName)
  const undone = new Set(all.filter((name) => !there.has(name)))
  const failed = failures(tasks).filter(({ name }) => undone.has(name))
  for (const { name } of failed) undone.delete(name)
  const missing = [...undone].sort(byName).map((name) => planned.get(name)!)
  return { names, failed: failed.sort((a, b) => byName(a.name, b.name)), missing }
}

const byName = (a: string, b: string) => (a < b ? -1 : 1)

/**
 * Merges the results of a run.
 * @param output the folder where its parts have written
 * @param target where the files go
 * @param wanted some of `mergedOutputs`
 * @throws AdzusError where there are no results, and where something else has the name of a file
 */
export async function merge(output: string, target: string, wanted: readonly string[], overwrite: boolean): Promise<Merged> {
  const { names, failed, missing } = await partsOf(output, target)
  const by = await version()
  const lacking = new Map<string, number>()
  const collectors = new Map<RunOutput, Collector>()
  const outlines: string[] = []
  const foreign: string[] = []
  const volumes: string[] = []
  let count = 0
  for (const name of names) {
    const record = await recordOf(join(output, name) + recordOutput.suffix)
    if (record !== undefined && 'kind' in record) volumes.push(name)
    else if (record !== undefined && record.format !== FORMAT) foreign.push(name)
    if (record === undefined || 'kind' in record || record.format !== FORMAT) continue
    count++
    // From where the merged files are.
    const input = relative(dirname(join(target, name)), resolve(dirname(join(output, name)), record.input))
    const moved = { ...record, input: input.replaceAll('\\', '/') }
    for (const kind of outputs) {
      if (kind.per !== 'run' || !wanted.includes(kind.name)) continue
      if (kind.isServedBy?.(record) === false) lacking.set(kind.name, (lacking.get(kind.name) ?? 0) + 1)
      const { model, backend, adapter } = record
      if (!collectors.has(kind)) collectors.set(kind, kind.collect({ version: by, model, backend, adapter }))
      collectors.get(kind)!.add(moved, name)
    }
    if (wanted.includes(geojson.name)) outlines.push(...(await featuresOf(join(output, name) + geojson.suffix, name)))
  }
  if (count + volumes.length === 0)
    throw new AdzusError({
      what: 'merge',
      where: output,
      expected: 'a folder of results with NAME.json',
      got: foreign.length > 0 ? `only ${foreign.length} of another version` : 'none',
      hint: 'Give the folder that -o of adzus segment names.',
    })
  const files = new Map<string, Uint8Array | string>()
  for (const [kind, collector] of collectors) if (!lacking.has(kind.name)) files.set(kind.file, await collector.encode())
  if (outlines.length > 0) files.set(OUTLINES, await joined(by, outlines))
  const pictures = count + foreign.length + volumes.length + failed.length + missing.length
  const result = { pictures, merged: count, volumes, failed, missing, foreign, files: [...files.keys()].sort() }
  const leftOut = [...lacking].map(([name, images]) => ({ output: name, images }))
  files.set(SUMMARY, `${JSON.stringify({ adzus: by, ...result, leftOut }, undefined, 2)}\n`)
  const targets = [...files.keys()].map((name) => ({ path: join(target, name), isOurs: isOursCalled(name) }))
  await writeTogether(target, files, () => refuseForeign(targets, undefined, overwrite))
  return { ...result, leftOut }
}

function isOursCalled(name: string): (beginning: Uint8Array) => boolean {
  return outputs.find((output) => output.per === 'run' && output.file === name)?.isOurs ?? hasJsonMark
}

/** A record, of whatever version; nothing where there is another JSON file. */
async function recordOf(path: string): Promise<ResultRecord | undefined> {
  if (!(await isResult(path, recordOutput.isOurs))) return undefined
  try {
    const record = JSON.parse((await readRegular(path, MAX_RECORD)).toString()) as ResultRecord
    return typeof record.format === 'number' ? record : undefined
  } catch {
    return undefined
  }
}

/** The outlines of an image, which say whose they are; none where they were not saved. */
async function featuresOf(path: string, image: string): Promise<string[]> {
  if (!(await isResult(path, geojson.isOurs))) return []
  const { features } = JSON.parse((await readRegular(path, MAX_RECORD)).toString())
  return features.map((feature: { properties: object }) => JSON.stringify({ ...feature, properties: { image, ...feature.properties } }))
}

async function joined(by: string, features: readonly string[]): Promise<Uint8Array> {
  const pieces = features.map((feature, i) => (i === 0 ? feature : `,\n${feature}`))
  const head = `{"adzus":${JSON.stringify(by)},"type":"FeatureCollection","features":[\n`
  return new Uint8Array(await new Blob([head, ...pieces, '\n]}\n']).arrayBuffer())
}

/** What an image is called for people. */
export const called = ({ name, input }: Planned) => input || basename(name)
