/**
 * @file `adzus segment`: images in, results out. A file that fails is reported and the others go
 * on.
 */
import { dirname, join } from 'node:path'
import { embeddedModel } from '#platform'
import { Adzus, type Backend, debugLevel, type LoadOptions, openBackend } from '../../index.ts'
import { defaultOutputs } from '../../output/registry.ts'
import { volumeOutputs, volumeOutputsOf } from '../../output/volume/registry.ts'
import { parseArguments, UsageError } from '../arguments.ts'
import { checkpointOf, type Hearers } from '../checkpoint.ts'
import { checkWritable, makeWritable, realPaths, sweep } from '../files.ts'
import { fleetFolders } from '../fleet/place.ts'
import { beginTask, shareOf, type Task } from '../fleet/share.ts'
import { findInputs, type Input } from '../inputs.ts'
import { notesTo } from '../notes.ts'
import { jsonLine } from '../output.ts'
import { Progress } from '../progress.ts'
import { type Call, readCall } from '../segment/call.ts'
import { checkMemory } from '../segment/memory.ts'
import { Observation } from '../segment/observation.ts'
import { OPTIONS, segmentHelp } from '../segment/options.ts'
import { pagesOf } from '../segment/pages.ts'
import { OUT_OF_TIME, Report } from '../segment/report.ts'
import { type Job, Run, runInfo } from '../segment/run.ts'
import { delivered, stoppable } from '../signals.ts'
import { FolderSink } from '../sinks/folder.ts'
import { findVolumes, type VolumeInput } from '../volume/find.ts'

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
  const { switches, folder, choices, values } = call
  // Lines of debugging go where progress is shown.
  const progress = new Progress(switches.quiet === true || debugLevel() > 0)
  const onNote = notesTo(progress, switches)
  const { inputs: pictures, volumes: stacks, notes } = await inputsOf(call)
  if (!switches.explain) await checkWritable(call.attention ? dirname(folder) : folder)
  if (stacks.length > 0) notes.push(...unsavedNotes(call.outputs))
  for (const note of notes) onNote(note, 'warning')
  const all = [...pictures, ...stacks]
  const share = new Set(call.shard ? await shareOf(all, call.shard, onNote) : all)
  const [inputs, volumes] = [pictures.filter((input) => share.has(input)), stacks.filter((volume) => share.has(volume))]
  const resume = switches.resume === true
  // There may be more parts than inputs.
  if (call.shard && share.size === 0) {
    await (await beginTask(folder, { shard: call.shard, resume, all, count: 0 })).journal?.end('ended')
    return 0
  }
  progress.show('loading the model …')
  const checkpoint = checkpointOf(call, { progress, onNote, signal })
  const device = await openBackend(call.backend, { threads: call.threads })
  if (!switches.json && !switches.explain) onNote(`running on ${device.description}`, 'warning')
  const observation = new Observation(device, { profile: switches.profile === true, trace: values.trace, json: switches.json === true })
  try {
    if (switches.explain) return await showPlan(call, { device, checkpoint, progress, signal })
    await checkMemory(device, values.model, checkpoint, choices, switches.verbose === true)
    if (call.attention) return await attentionOf(call, { device, checkpoint, progress, signal }, inputs)
    const real = new Set([...pictures.map((input) => input.real), ...(await realPaths(stacks.flatMap(({ files }) => files)))])
    const sink = new FolderSink(folder, {
      outputs: call.outputs,
      isPart: call.shard !== undefined,
      overwrite: switches.overwrite,
      inputs: real,
    })
    await prepare(call, [...inputs, ...volumes])
    await observation.begin(
      [...inputs.map(({ path }) => path), ...volumes.flatMap(({ files }) => files)],
      [...sink.runFiles(), ...inputs.flatMap((input) => Object.values(sink.files(input)))],
    )
    const tune = switches['no-tune'] ? false : 'auto'
    const adzus = await Adzus.load(values.model, { ...checkpoint, backend: device, tune, expect: choices })
    try {
      if (switches.tune) await (await import('../segment/tuning.ts')).tuneFor(adzus, choices, onNote)
      observation.imagesBegin()
      const task = await beginTask(folder, { shard: call.shard, resume, all, count: share.size })
      const job = { resume, progress, signal, tiles: call.tiles, deadline: call.deadline, ...task }
      const code = await kept(task, signal, () => everything(adzus, call, job, { inputs, volumes, sink, real }))
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

/** Pictures and volumes among what was named. */
async function inputsOf({ switches, patterns, volumes, page }: Call): Promise<Awaited<ReturnType<typeof findVolumes>>> {
  if (switches.explain) return { inputs: [], volumes: [], notes: [] }
  const found = await findInputs(patterns)
  if (volumes) return findVolumes(found)
  return { ...found, inputs: page === undefined ? found.inputs : await pagesOf(found.inputs, page), volumes: [] }
}

/**
 * What is said of outputs that volumes do not have.
 * @throws UsageError where nothing is left to be saved of them
 */
function unsavedNotes(outputs: Call['outputs']): string[] {
  const kept = volumeOutputsOf(outputs)
  const known = volumeOutputs.map(({ name }) => name)
  const lost = outputs === defaultOutputs ? [] : outputs.filter(({ name }) => !known.includes(name)).map(({ name }) => name)
  if (kept.length === 0)
    throw new UsageError({ what: 'segment', where: '--save', expected: `some of ${known.join(', ')} for volumes`, got: lost.join(', ') })
  return lost.length > 0 ? [`of volumes there is no ${lost.join(', ')}: only what else --save names is saved`] : []
}

interface Everything {
  inputs: readonly Input[]
  volumes: readonly VolumeInput[]
  /** Of the pictures. */
  sink: FolderSink
  /** Real paths of all that is read. */
  real: ReadonlySet<string>
}

/** The pictures, then the volumes. Returns the exit code. */
async function everything(
  adzus: Adzus,
  { choices, folder, switches, ...call }: Call,
  job: Omit<Job, 'inputs' | 'sinks' | 'report'>,
  { inputs, volumes, sink, real }: Everything,
): Promise<number> {
  const reported = () => ({ ...job, report: new Report(job.progress, switches) })
  const pictures = inputs.length > 0 ? await new Run(adzus, choices, { ...reported(), inputs, sinks: [sink] }).all() : 0
  if (volumes.length === 0 || pictures === OUT_OF_TIME) return pictures
  const { orient: _, ...options } = choices
  const { VolumeSink } = await import('../volume/sink.ts')
  const { runVolumes } = await import('../volume/run.ts')
  const volumeSink = new VolumeSink(folder, {
    outputs: volumeOutputsOf(call.outputs),
    overwrite: switches.overwrite,
    inputs: real,
    run: await runInfo(adzus),
  })
  return Math.max(pictures, await runVolumes(adzus, { ...options, ...call.volumes }, { ...reported(), volumes, sink: volumeSink }))
}

/** Makes the output folder, and removes what killed runs left where something will be written. */
async function prepare({ folder, values }: Call, inputs: readonly Pick<Input, 'name'>[]): Promise<void> {
  await makeWritable(folder)
  await sweep(
    new Set([folder, ...fleetFolders(folder), dirname(values.trace ?? folder), ...inputs.map(({ name }) => dirname(join(folder, name)))]),
  )
}

/** Does the work of a task, and lets others know how it ended. */
async function kept({ claims, journal }: Task, signal: AbortSignal, work: () => Promise<number>): Promise<number> {
  try {
    const code = await work()
    await journal?.end(code === OUT_OF_TIME ? 'out of time' : 'ended')
    return code
  } catch (error) {
    await journal?.end(signal.aborted ? 'stopped' : 'broken')
    // What has been seen of a run that was ended is still said.
    if (signal.aborted) return 1
    throw error
  } finally {
    await claims?.end()
  }
}

/** Loads the model, and shows where a pixel of the one image looks. */
async function attentionOf(call: Call, { device, checkpoint, progress, signal }: Planning, [input, ...others]: readonly Input[]) {
  if (others.length > 0) throw new UsageError({ what: 'segment', where: '--attention', expected: 'one image', got: `${others.length + 1}` })
  const adzus = await Adzus.load(call.values.model, { ...checkpoint, backend: device, tune: false })
  try {
    const { showAttention } = await import('../segment/attention.ts')
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
  const { explain } = await import('../segment/explain.ts')
  console.log(switches.json ? jsonLine(plan) : explain(plan, switches.verbose === true))
  return 0
}
