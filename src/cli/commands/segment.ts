/**
 * @file `adzus segment`: images in, results out. A file that fails is reported and the others go
 * on.
 */
import { dirname, join } from 'node:path'
import { embeddedModel } from '#platform'
import { Adzus, type Backend, debugLevel, type LoadOptions, openBackend } from '../../index.ts'
import { parseArguments, UsageError } from '../arguments.ts'
import { checkpointOf, type Hearers } from '../checkpoint.ts'
import { checkWritable, makeWritable, sweep } from '../files.ts'
import { findInputs, type Input } from '../inputs.ts'
import { notesTo } from '../notes.ts'
import { jsonLine } from '../output.ts'
import { Progress } from '../progress.ts'
import { showAttention } from '../segment/attention.ts'
import { explain } from '../segment/explain.ts'
import { checkMemory } from '../segment/memory.ts'
import { Observation } from '../segment/observation.ts'
import { type Call, OPTIONS, readCall, segmentHelp } from '../segment/options.ts'
import { Report } from '../segment/report.ts'
import { Run } from '../segment/run.ts'
import { tuneFor } from '../segment/tuning.ts'
import { delivered, stoppable } from '../signals.ts'
import { FolderSink } from '../sinks/folder.ts'

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
  const { inputs, notes } = switches.explain ? { inputs: [], notes: [] } : await findInputs(patterns)
  if (!switches.explain) await checkWritable(call.attention ? dirname(folder) : folder)
  for (const note of notes) onNote(note, 'warning')
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
      overwrite: switches.overwrite,
      inputs: new Set(inputs.map(({ real }) => real)),
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
      const job = { inputs, tiles: call.tiles, sinks: [sink], resume: switches.resume === true, report, progress, signal }
      const code = await new Run(adzus, choices, job).all().catch((error) => {
        // What has been seen of a run that was ended is still said.
        if (signal.aborted) return 1
        throw error
      })
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
  await sweep(new Set([folder, dirname(values.trace ?? folder), ...inputs.map(({ name }) => dirname(join(folder, name)))]))
}

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
