/**
 * @file A plan as text (`adzus segment --explain`): what runs, stage by stage, and how memory is
 * used.
 */

import type { Plan, Step } from '../../index.ts'
import { memorySize } from '../../messages.ts'
import { table } from '../format.ts'

/** Ops of a stage, or with `verbose` every step. */
export function explain({ model, backend, size, memory, stages, steps }: Plan, verbose: boolean): string {
  const rows = stages.flatMap((stage) => {
    const own = steps.filter((s) => s.stage === stage.name)
    const within = verbose ? own.map(stepRow) : byOp(own)
    return [[stage.name, '', `${stage.steps}`, giga(stage.flops), giga(stage.bytes), memorySize(stage.peak)], ...within]
  })
  const total = (field: 'flops' | 'bytes') => steps.reduce((sum, s) => sum + s[field], 0)
  const { weights, largest, tensors, sum, held, least } = memory
  const all = ['all', '', `${steps.length}`, giga(total('flops')), giga(total('bytes')), memorySize(least)]
  return `${model} at ${size.join(' × ')} on ${backend}

${table(numbersRight([['STAGE', verbose ? 'OP, LAYER, SHAPES' : 'OP', 'STEPS', 'GFLOP', 'GB', 'MEMORY'], ...rows, all], 2))}

A multiply-add is two operations; GB counts every operand of every step once; memory is what exists
at most at a time, without the model's weights.
Depends on the picture and is not in the plan: later rounds of merging.

${table(
  numbersRight(
    [
      ['Weights of the model', memorySize(weights)],
      [`${tensors.toLocaleString('en')} other tensors, if each had memory of its own`, memorySize(sum)],
      ['Held for them, since memory is used again', memorySize(held)],
      ['The least possible: what exists at one time', memorySize(least)],
      [`Largest tensor (${largest.label})`, memorySize(largest.bytes)],
    ],
    1,
  ),
)}`
}

function stepRow({ op, layer, shape, flops, bytes, live }: Step): string[] {
  return ['', [op, layer, shape].filter(Boolean).join('  '), '', giga(flops), giga(bytes), memorySize(live)]
}

/** The ops of a stage, those with most work first. */
function byOp(steps: readonly Step[]): string[][] {
  const names = [...new Set(steps.map((s) => s.op))]
  const rows = names.map((op) => {
    const own = steps.filter((s) => s.op === op)
    const sum = (field: 'flops' | 'bytes') => own.reduce((n, s) => n + s[field], 0)
    return { op, calls: own.length, flops: sum('flops'), bytes: sum('bytes'), live: Math.max(...own.map((s) => s.live)) }
  })
  return rows
    .sort((a, b) => b.flops - a.flops || b.bytes - a.bytes)
    .map(({ op, calls, flops, bytes, live }) => ['', op, `${calls}`, giga(flops), giga(bytes), memorySize(live)])
}

function giga(count: number): string {
  return (count / 1e9).toFixed(3)
}

/** The cells from column `first` on, of one width a column. */
function numbersRight(rows: readonly (readonly string[])[], first: number): string[][] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  return rows.map((row) => row.map((cell, i) => (i < first ? cell : cell.padStart(widths[i]))))
}
