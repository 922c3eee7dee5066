/**
 * @file Is it fast: weights of the real size, image to mask with the default kernels and with tuned
 * ones.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { forget, joinAttention } from '../../src/adzus/answer.ts'
import { collectAttention } from '../../src/adzus/collect-attention.ts'
import { Model } from '../../src/adzus/model.ts'
import type { Parameters } from '../../src/adzus/options.ts'
import { preparePicture } from '../../src/adzus/picture.ts'
import type { RunStage } from '../../src/adzus/stages.ts'
import { Adzus, type Backend, type Segmentation } from '../../src/index.ts'
import { memorySize } from '../../src/messages.ts'
import { openDirectory } from '../../src/platform/directory.ts'
import { familyOf, writePipeline } from '../checkpoint/write.ts'
import { milliseconds, showSpread, spread } from '../measure.ts'
import { openWithout } from './adapter.ts'
import type { Context } from './parts.ts'
import type { Findings } from './report.ts'

/** The picture that comes with the project. */
const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'
/** What a person should wait at most for a picture on a large card. */
const GOAL = 150
/** Milliseconds that the tuner may take. */
const TUNING = 40_000
/** Answers of the tuner that are told. */
const TOLD = 40

/** Where the part `tuner` leaves the medians of its stages. */
export const TUNED = 'tuned.json'

/** The folder of the weights. */
export const modelOf = (work: string) => join(work, 'model')

/** The part `weights`. */
export async function weights({ settings, work, findings, save }: Context): Promise<void> {
  const onFile = (path: string, tensors: number, parameters: number) => {
    findings.facts[path.slice(modelOf(work).length + 1)] = `${tensors} tensors, ${parameters} parameters`
    save()
  }
  await writePipeline(modelOf(work), familyOf(settings.family), { type: 'F16', seed: 1, onFile })
}

/**
 * The part `whole`; leaves for PyTorch what went into the network, and the labels that came out.
 */
export async function whole(context: Context): Promise<void> {
  const backend = await openWithout([])
  const { adzus, bytes } = await loaded(context, backend)
  const last = await warm(context, adzus, bytes, 'Warm, by stage, in ms')
  await leave(context, adzus, bytes, last)
  await adzus.dispose()
  await leaveMap(context, backend, last.parameters)
  await backend.dispose()
}

/** The part `tuner`: products in f16 are among what it measures. */
export async function tuner(context: Context): Promise<void> {
  const { settings, findings, save } = context
  const backend = await openWithout([], 'auto')
  const { adzus, bytes } = await loaded(context, backend)
  const answers = {
    title: 'Its answers: those that gain most',
    headers: ['what', 'default, ms', 'best, ms', 'gain', 'best'],
    rows: [] as (string | number)[][],
  }
  let count = 0
  findings.facts['tuning, s'] =
    (await milliseconds(() =>
      adzus.tune({
        size: settings.size,
        budget: TUNING,
        onAnswer: ({ key, best, times }) => {
          count++
          const [first, own] = [[...times.values()][0], times.get(best)]
          if (first !== undefined && own !== undefined) answers.rows.push([key, first, own, first / own, best])
          findings.facts['answers'] = count
          findings.facts['candidates with a wrong result'] = wrong(findings, times)
        },
      }),
    )) / 1000
  answers.rows = answers.rows.sort((a, b) => Number(b[3]) - Number(a[3])).slice(0, TOLD)
  findings.tables.push(answers)
  save()
  await warm(context, adzus, bytes, 'Warm after tuning, by stage, in ms')
  await writeFile(join(context.work, TUNED), JSON.stringify(stagesOf(findings)))
  await adzus.dispose()
  await backend.dispose()
}

/** How many candidates were out for their results, with those of one more question. */
function wrong({ facts }: Findings, times: ReadonlyMap<string, number | undefined>): number {
  return Number(facts['candidates with a wrong result'] ?? 0) + [...times.values()].filter((time) => time === undefined).length
}

/** A model on the device, after its first picture. */
async function loaded({ settings, work, findings, save }: Context, backend: Backend) {
  const { facts } = findings
  facts['adapter'] = backend.description
  const bytes = await readFile(PICTURE)
  let adzus: Adzus | undefined
  facts['loading, s'] = (await milliseconds(async () => (adzus = await Adzus.load(modelOf(work), { backend, tune: false })))) / 1000
  facts['first picture, ms'] = await milliseconds(() => adzus!.segment(bytes, { size: settings.size }))
  save()
  return { adzus: adzus!, bytes }
}

/** Warm runs: the median, and each stage. */
async function warm({ settings, findings, save }: Context, adzus: Adzus, bytes: Uint8Array, title: string): Promise<Segmentation> {
  const { facts } = findings
  const [totals, stages] = [[] as number[], new Map<string, number[]>()]
  let result = await adzus.segment(bytes, { size: settings.size })
  for (let i = 0; i < settings.runs; i++) {
    totals.push(await milliseconds(async () => (result = await adzus.segment(bytes, { size: settings.size }))))
    for (const [stage, ms] of Object.entries(result.timings)) stages.set(stage, [...(stages.get(stage) ?? []), ms])
    facts['warm runs'] = totals.length
    facts['image to mask, ms'] = showSpread(spread(totals))
    save()
  }
  facts['goal'] = `${GOAL} ms: ${spread(totals).median <= GOAL ? 'reached' : 'missed'}`
  facts['network size'] = result.parameters.size.join(' × ')
  facts['segments'] = result.segments.length
  facts['peak memory of tensors'] = memorySize(result.peakBytes)
  const rows = [...stages].map(([stage, list]) => [stage, ...Object.values(spread(list))])
  findings.tables.push({ title, headers: ['stage', 'median', 'lowest', 'highest'], rows })
  save()
  return result
}

/** The median of every stage by the table that was made last. */
function stagesOf({ tables }: Findings): Record<string, number> {
  return Object.fromEntries(tables.at(-1)!.rows.map(([stage, median]) => [stage, Number(median)]))
}

/** Writes what `pytorch.py` reads, and what it is compared with. */
async function leave({ work, findings }: Context, adzus: Adzus, bytes: Uint8Array, result: Segmentation): Promise<void> {
  const { parameters, width, height, labels } = result
  const { values } = await preparePicture(bytes, parameters, PICTURE)
  const { thresholds, anchors } = parameters.method
  const task = { side: parameters.size[0], width, height, timestep: parameters.timesteps[0], thresholds, anchors }
  await writeFile(join(work, 'task.json'), JSON.stringify({ ...task, adapter: adzus.backend.description, stages: stagesOf(findings) }))
  await writeFile(join(work, 'picture.f32'), new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  await writeFile(join(work, 'ours.i32'), new Uint8Array(Int32Array.from(labels).buffer))
}

/** Writes the empty text as the network sees it, and the aggregated attention of the picture. */
async function leaveMap({ work }: Context, backend: Backend, parameters: Parameters): Promise<void> {
  const model = await Model.load(await openDirectory(modelOf(work)), backend)
  const { tensor } = await model.conditioning.context('')
  await writeFile(join(work, 'context.f32'), new Uint8Array((await tensor.floats()).buffer))
  const { values } = await preparePicture(await readFile(PICTURE), parameters, PICTURE)
  const run: RunStage = (_stage, work) => work()
  const [attention] = await collectAttention(model, [values], parameters, run)
  const sight = await joinAttention(model, attention!, parameters, run)
  await writeFile(join(work, 'map.f32'), new Uint8Array((await sight.map.floats()).buffer))
  forget(sight)
  model.dispose()
}
