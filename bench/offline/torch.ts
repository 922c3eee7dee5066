/** @file The same work in PyTorch, by a program that needs nothing but PyTorch (`pytorch.py`). */
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { relabel } from '../../src/adzus/segments.ts'
import { AdzusError } from '../../src/errors.ts'
import { memorySize } from '../../src/messages.ts'
import { packageRoot } from '../../src/platform/directory.ts'
import { spread } from '../measure.ts'
import type { Context } from './parts.ts'
import { modelOf, TUNED } from './whole.ts'

/** What `pytorch.py` prints. */
interface Answer {
  torch: string
  device: string
  dtype: string
  runs: Record<string, number>[]
  /**
   * Distance of the two aggregated maps, row by row: from 0 (the same) to 1 (nothing in common).
   */
  apart: { mean: number; most: number }
  peakBytes: number
}

/** Thrown where a part has nothing to do on this machine. */
export class NotHere extends Error {}

/** The part `pytorch`. */
export async function pytorch({ settings, work, findings }: Context): Promise<void> {
  const { facts } = findings
  if (spawnSync(settings.python, ['-c', 'import torch']).status !== 0) throw new NotHere(`${settings.python} has no PyTorch`)
  const script = join(packageRoot(), 'bench', 'offline', 'pytorch.py')
  const { status, stdout, stderr } = spawnSync(settings.python, [script, work, modelOf(work), `${settings.runs}`], { maxBuffer: 2 ** 26 })
  if (status !== 0)
    throw new AdzusError({ what: 'pytorch', expected: 'times', got: `${stderr}`.trim().split('\n').at(-1) ?? `exit code ${status}` })
  const answer: Answer = JSON.parse(`${stdout}`)
  facts['PyTorch'] = `${answer.torch}, ${answer.dtype}, ${answer.device}`
  facts['peak memory'] = memorySize(answer.peakBytes)
  const task = JSON.parse(await readFile(join(work, 'task.json'), 'utf8'))
  facts['ours'] = task.adapter
  const of = (stage: string) => spread(answer.runs.map((run) => run[stage]!))
  const stages = Object.keys(answer.runs[0]!).filter((stage) => stage !== 'total')
  const tuned = await readFile(join(work, TUNED), 'utf8').catch(() => undefined)
  // With default kernels and, where the part `tuner` has passed, with tuned ones.
  const ours: Record<string, number>[] = [task.stages, ...(tuned === undefined ? [] : [JSON.parse(tuned)])]
  for (const times of ours) times['total'] = stages.reduce((sum, stage) => sum + times[stage]!, 0)
  const names = ['ours', 'ours, tuned'].slice(0, ours.length)
  findings.tables.push({
    title: 'Medians in ms, `total` from picture to labels; a ratio above 1 is in our favour',
    headers: ['stage', 'PyTorch', 'lowest', 'highest', ...names.flatMap((name) => [name, 'ratio'])],
    rows: [...stages, 'total'].map((stage) => {
      const { median, low, high } = of(stage)
      return [stage, median, low, high, ...ours.flatMap((times) => [times[stage]!, median / times[stage]!])]
    }),
  })
  facts['distance of the attention maps'] =
    `${answer.apart.mean.toExponential(1)} in the mean, ${answer.apart.most.toExponential(1)} at most (0 to 1)`
  facts['labels that agree'] = `${(100 * (await agreement(work))).toFixed(2)} % of the pixels`
}

/** The share of pixels with the same label, labels numbered by their first appearance. */
async function agreement(work: string): Promise<number> {
  const read = async (name: string) => relabel(new Int32Array(Uint8Array.from(await readFile(join(work, name))).buffer)).labels
  const [ours, theirs] = [await read('ours.i32'), await read('labels.i32')]
  let same = 0
  for (let i = 0; i < ours.length; i++) if (ours[i] === theirs[i]) same++
  return same / ours.length
}
