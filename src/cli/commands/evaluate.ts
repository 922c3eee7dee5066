/**
 * @file `adzus evaluate`: masks against true ones, as tables, figures and a report. A picture that
 * fails is reported and the others go on.
 */
import { createHash } from 'node:crypto'
import { embeddedModel } from '#platform'
import { variantsOf } from '../../evaluation/ablations.ts'
import { methodsOf, needsNetwork, type Plan } from '../../evaluation/answers.ts'
import { casesCsv } from '../../evaluation/csv.ts'
import { reportPage } from '../../evaluation/report/page.ts'
import { type EvaluationParameters, leadOf, SUMMARY_SCHEMA, type SummaryHead, summarise } from '../../evaluation/summary.ts'
import { Adzus, debugLevel, modelLayers, openBackend, type SegmentOptions } from '../../index.ts'
import { printable } from '../../messages.ts'
import { parseArguments } from '../arguments.ts'
import { checkpointOf, type Hearers } from '../checkpoint.ts'
import { admitReport, writeReport } from '../evaluate/files.ts'
import { Journal } from '../evaluate/journal.ts'
import { machine } from '../evaluate/machine.ts'
import { type Call, evaluateHelp, OPTIONS, readCall } from '../evaluate/options.ts'
import { reportPictures } from '../evaluate/pictures.ts'
import { evaluateAll } from '../evaluate/run.ts'
import { findSets, type Item } from '../evaluate/sets.ts'
import { failureList, summaryTables } from '../evaluate/tables.ts'
import { notesTo } from '../notes.ts'
import { jsonLine } from '../output.ts'
import { Progress } from '../progress.ts'
import { checkMemory } from '../segment/memory.ts'
import { stoppable } from '../signals.ts'
import { version } from '../version.ts'

const RESAMPLES = 10_000
const LEVEL = 0.95

export async function evaluate(args: string[]): Promise<number> {
  const parsed = parseArguments('evaluate', args, OPTIONS)
  if (parsed.switches.help) {
    console.log(await evaluateHelp())
    return 0
  }
  const call = readCall(parsed)
  return stoppable((signal) => perform(call, args, signal))
}

async function perform(call: Call, args: readonly string[], signal: AbortSignal): Promise<number> {
  const { switches } = call
  const progress = new Progress(switches.quiet === true || debugLevel() > 0)
  const onNote = notesTo(progress, switches)
  const { data, masks, predictions, sets, limit, classes } = call
  const found = await findSets({ data, masks, predictions, sets, limit, maps: classes !== undefined || switches.instances === true })
  for (const note of found.notes) onNote(note, 'warning')
  await admitReport(call.folder, found.items, switches.overwrite === true)
  const hearers: Hearers = { progress, onNote, signal }
  const blank: Plan = {
    methods: call.methods,
    clicks: call.clicks,
    oracles: switches.oracles === true,
    baselines: call.baselines,
    variants: [],
  }
  try {
    if (!needsNetwork(blank)) return await finish(call, args, found.items, { adzus: undefined, plan: blank }, hearers)
    progress.show('loading the model …')
    const checkpoint = checkpointOf(call, hearers)
    const device = await openBackend(call.backend, { threads: call.threads })
    try {
      if (!switches.json) onNote(`running on ${device.description}`, 'warning')
      await checkMemory(device, call.values.model, checkpoint, call.choices)
      const adzus = await Adzus.load(call.values.model, { ...checkpoint, backend: device, expect: call.choices })
      try {
        const parameters = adzus.parameters(optionsFor(call))
        // What no picture could be asked is said before the first one.
        for (const { foreground, preset } of call.methods) adzus.parameters({ ...optionsFor(call), foreground, preset })
        const { layers } = await modelLayers(
          call.values.model ?? embeddedModel(),
          { size: parameters.size },
          { ...checkpoint, onNote: undefined },
        )
        const plan = { ...blank, variants: variantsOf(call.factors, parameters, layers) }
        return await finish(call, args, found.items, { adzus, plan }, hearers)
      } finally {
        await adzus.dispose()
      }
    } finally {
      await device.dispose()
    }
  } finally {
    progress.clear()
  }
}

interface Prepared {
  adzus: Adzus | undefined
  plan: Plan
}

/** Evaluates, and writes and prints what was found. */
async function finish(call: Call, args: readonly string[], items: readonly Item[], prepared: Prepared, hearers: Hearers): Promise<number> {
  const { adzus, plan } = prepared
  const { switches, folder, choices, classes, tolerance, group, predictions } = call
  const { progress, signal } = hearers
  const head = await headOf(call, args, adzus)
  const { model, parameters } = head
  const asked = {
    model: model?.sha256,
    parameters: { ...parameters, seed: undefined },
    methods: methodsOf(plan),
    predictions: [...predictions.keys()],
  }
  const journal = new Journal(folder, head.adzus, createHash('sha256').update(JSON.stringify(asked)).digest('hex'))
  if (switches.resume) await journal.resume()
  const methods = [...methodsOf(plan), ...[...predictions.keys()].map((name) => ({ name, block: 'prediction' as const }))]
  const lead = leadOf(methods.map(({ name, block }) => ({ method: name, block })))
  const instances = switches.instances === true
  const job = { items, adzus, plan, options: optionsFor(call), classes, instances, tolerance, group, journal, lead, progress, signal }
  const found = await evaluateAll(job)
  progress.show('summing up …')
  const summary = summarise(head, found.cases, found.failures)
  const pictures = await reportPictures(journal.podium, items, { window: choices.window, channel: choices.channel ?? undefined })
  const files = {
    'cases.csv': casesCsv(found.cases, Object.values(classes ?? {}), instances),
    'summary.json': `${JSON.stringify(summary, null, 2)}\n`,
    'report.html': reportPage(summary, found.cases, pictures),
  }
  const written = await writeReport(folder, files, switches.overwrite === true)
  progress.clear()
  if (switches.json) console.log(jsonLine(summary))
  else console.log(`${summaryTables(summary)}\n\n→ ${printable(written.join(', '))}`)
  const failures = failureList(summary, items.length)
  if (failures === undefined) return 0
  console.error(failures)
  return 1
}

async function headOf(call: Call, args: readonly string[], adzus: Adzus | undefined): Promise<SummaryHead> {
  const { foreground: _, prompt: __, ...segmentation } = adzus?.parameters(optionsFor(call)) ?? {}
  const { classes, group, tolerance, seed, limit, switches } = call
  const parameters: EvaluationParameters = {
    segmentation: adzus ? (segmentation as EvaluationParameters['segmentation']) : null,
    tolerance,
    seed,
    resamples: RESAMPLES,
    level: LEVEL,
    group: group?.source ?? null,
    labels: classes ?? null,
    instances: switches.instances === true,
    limit: limit ?? null,
  }
  return {
    adzus: await version(),
    schema: SUMMARY_SCHEMA,
    command: `adzus evaluate ${args.map(quotedArgument).join(' ')}`,
    model: adzus ? { path: adzus.model, sha256: await adzus.modelHash() } : null,
    parameters,
    machine: machine(adzus?.backend.description ?? 'none'),
  }
}

/** What every picture is looked at with. */
function optionsFor({ choices: { batch: _, ...options } }: Call): SegmentOptions {
  return options
}

/** As a shell takes it. */
function quotedArgument(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
