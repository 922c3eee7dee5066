/**
 * @file `adzus segment`: images in, results out. A file that fails is reported and the others go
 * on.
 */
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { embeddedModel } from '#platform'
import type { Note } from '../../checkpoint/notes.ts'
import { Adzus, type Backend, debugLevel, type LoadOptions, openBackend } from '../../index.ts'
import { parseArguments, UsageError } from '../arguments.ts'
import { checkpointOf, type Hearers } from '../checkpoint.ts'
import { checkWritable, makeWritable, sweep } from '../files.ts'
import { Claims } from '../fleet/claims.ts'
import { Journal } from '../fleet/journal.ts'
import { fleetFolders } from '../fleet/place.ts'
import { type Shard, shardOf } from '../fleet/shard.ts'
import { findInputs, type Input, shownPath } from '../inputs.ts'
import { notesTo } from '../notes.ts'
import { jsonLine } from '../output.ts'
import { Progress } from '../progress.ts'
import { showAttention } from '../segment/attention.ts'
import { explain } from '../segment/explain.ts'
import { checkMemory } from '../segment/memory.ts'
import { Observation } from '../segment/observation.ts'
import { type Call, OPTIONS, readCall, segmentHelp } from '../segment/options.ts'
import { Report } from '../segment/report.ts'
import { OUT_OF_TIME, Run } from '../segment/run.ts'
import { tuneFor } from '../segment/tuning.ts'
import { delivered, stoppable } from '../signals.ts'
import { FolderSink } from '../sinks/folder.ts'
import { version } from '../version.ts'

export async function segment(args: string[]): Promise<number> {
  const parsed = parseArguments('segment', args, OPTIONS)
  if (parsed.switches.help) {
    console.log(await segmentHelp())
    return 0
  }
  const call = readCall(parsed)
  return stoppable((signal) => perform(call, signal))
}

async function perform(call: Call, signal: AbortSignal): Promise<number> {
  const { switches, patterns, folder, choices, values } = call
  // Lines of debugging go where progress is shown.
  const progress = new Progress(switches.quiet === true || debugLevel() > 0)
  const onNote = notesTo(progress, switches)
  const { inputs: all, notes } = switches.explain ? { inputs: [], notes: [] } : await findInputs(patterns)
  if (!switches.explain) await checkWritable(call.attention ? dirname(folder) : folder)
  for (const note of notes) onNote(note, 'warning')
  const inputs = call.shard ? await shareOf(all, call.shard, onNote) : all
  if (call.shard && inputs.length === 0) return nothingToDo(call, call.shard, all)
  progress.show('loading the model …')
  const checkpoint = checkpointOf(call, { progress, onNote, signal })
  const device = await openBackend(call.backend, { threads: call.threads })
  if (!switches.json && !switches.explain) onNote(`running on ${device.description}`, 'warning')
  const observation = new Observation(device, { profile: switches.profile === true, trace: values.trace, json: switches.json === true })
  try {
    if (switches.explain) return await showPlan(call, { device, checkpoint, progress, signal })
    await checkMemory(device, values.model, checkpoint, choices)
    if (call.attention) return await attentionOf(call, { device, checkpoint, progress, signal }, inputs)
    const sink = new FolderSink(folder, {
      outputs: call.outputs,
      isPart: call.shard !== undefined,
      overwrite: switches.overwrite,
      inputs: new Set(all.map(({ real }) => real)),
    })
    await prepare(call, inputs)
    await observation.begin(
      inputs.map(({ path }) => path),
      [...sink.runFiles(), ...inputs.flatMap((input) => Object.values(sink.files(input)))],
    )
    const tune = switches['no-tune'] ? false : 'auto'
    const adzus = await Adzus.load(values.model, { ...checkpoint, backend: device, tune, expect: choices })
    try {
      if (switches.tune) await tuneFor(adzus, choices, onNote)
      observation.imagesBegin()
      const report = new Report(progress, switches)
      const journal = call.shard && (await Journal.begin(folder, await version(), call.shard, planned(all), inputs.length))
      const claims = call.shard || switches.resume ? new Claims(folder) : undefined
      const resume = switches.resume === true
      const { tiles, deadline } = call
      const job = { inputs, tiles, sinks: [sink], resume, report, progress, signal, claims, journal, deadline }
      const code = await new Run(adzus, choices, job).all().catch(async (error) => {
        // What has been seen of a run that was ended is still said.
        if (signal.aborted) return 1
        await journal?.end('broken')
        throw error
      })
      await journal?.end(signal.aborted ? 'stopped' : code === OUT_OF_TIME ? 'out of time' : 'ended')
      progress.clear()
      observation.end()
      return code
    } finally {
      await adzus.dispose()
    }
  } finally {
    progress.clear()
    observation.abandon()
    await device.dispose()
  }
}

/** Makes the output folder, and removes what killed runs left where something will be written. */
async function prepare({ folder, values }: Call, inputs: readonly Input[]): Promise<void> {
  await makeWritable(folder)
  await sweep(
    new Set([folder, ...fleetFolders(folder), dirname(values.trace ?? folder), ...inputs.map(({ name }) => dirname(join(folder, name)))]),
  )
}

/** The inputs of a part of the run; says which part that is. */
async function shareOf(all: readonly Input[], shard: Shard, onNote: Note): Promise<Input[]> {
  const sizes = new Map(await Promise.all(all.map(async (input) => [input, await sizeOf(input)] as const)))
  const inputs = shardOf(all, (input) => sizes.get(input)!, shard)
  const { index, count, engine } = shard
  onNote(`part ${index} of ${count}${engine ? `, as ${engine} says` : ''}: ${inputs.length} of ${all.length} images`, 'warning')
  return inputs
}

/** There may be more parts than images. */
async function nothingToDo({ folder }: Call, shard: Shard, all: readonly Input[]): Promise<number> {
  await makeWritable(folder)
  const journal = await Journal.begin(folder, await version(), shard, planned(all), 0)
  await journal.end('ended')
  return 0
}

async function sizeOf({ path }: Input): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0
}

const planned = (inputs: readonly Input[]) => inputs.map(({ name, path }) => ({ name, input: shownPath(path) }))

/** Loads the model, and shows where a pixel of the one image looks. */
async function attentionOf(call: Call, { device, checkpoint, progress, signal }: Planning, [input, ...others]: readonly Input[]) {
  if (others.length > 0) throw new UsageError({ what: 'segment', where: '--attention', expected: 'one image', got: `${others.length + 1}` })
  const adzus = await Adzus.load(call.values.model, { ...checkpoint, backend: device, tune: false })
  try {
    return await showAttention(adzus, input, call, signal)
  } finally {
    progress.clear()
    await adzus.dispose()
  }
}

interface Planning extends Omit<Hearers, 'onNote'> {
  device: Backend
  checkpoint: LoadOptions
}

async function showPlan({ values, switches, choices }: Call, { device, checkpoint, progress, signal }: Planning): Promise<number> {
  const { batch, ...options } = choices
  const plan = await Adzus.plan(values.model ?? embeddedModel(), device, checkpoint, options, batch)
  await delivered()
  signal.throwIfAborted()
  progress.clear()
  console.log(switches.json ? jsonLine(plan) : explain(plan, switches.verbose === true))
  return 0
}
