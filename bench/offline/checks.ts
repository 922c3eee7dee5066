/**
 * @file Is it right: kernels against definitions, their variants against the CPU, models against
 * diffusers.
 */
import { readdir } from 'node:fs/promises'
import { openBackend } from '../../src/open-backend.ts'
import type { OpName } from '../../src/tensor/backend.ts'
import { nameOf } from '../../src/tensor/choices.ts'
import { candidateResults, OPS_WITH_CANDIDATES } from '../../test/support/candidates.ts'
import { cases, type OpCase, runCase } from '../../test/support/cases.ts'
import { near, TOLERANCE } from '../../test/support/compare.ts'
import { defined } from '../../test/support/definitions.ts'
import { largestDifference } from '../../test/support/difference.ts'
import { type Line, runGoldens } from '../../test/support/goldens.ts'
import { largeCases } from '../../test/support/large-cases.ts'
import { random } from '../../test/support/random.ts'
import { type Feature, openWithout } from './adapter.ts'
import type { Context } from './parts.ts'
import type { Findings, Table } from './report.ts'

const GOLDENS = 'test/goldens'
/** Failures that are told in words; all are counted. */
const TOLD = 20

/** A table in the findings that fills while a part runs. */
function tableOf({ tables }: Findings, headers: readonly string[]): Table {
  const table: Table = { title: '', headers, rows: [] }
  tables.push(table)
  return table
}

/** Counts a check. */
function count(findings: Findings, failure: string | undefined): void {
  if (failure === undefined) findings.passed++
  else {
    findings.failed++
    if (findings.failures.length < TOLD) findings.failures.push(failure)
  }
}

/** What an error says on one line. */
function failureOf(error: unknown): string {
  return (error instanceof Error ? error.message : `${error}`).split('\n')[0]!
}

/** Cases by their op, at most so many each. */
function byOp(list: Iterable<OpCase>, most: number): Map<OpName, OpCase[]> {
  const map = new Map<OpName, OpCase[]>()
  for (const c of list) {
    const own = map.get(c.op) ?? []
    if (own.length < most) map.set(c.op, [...own, c])
  }
  return map
}

/** The parts `kernels…`. */
export async function kernels({ settings, findings, save }: Context, hidden: readonly Feature[]): Promise<void> {
  const gpu = await openWithout(hidden)
  findings.facts['adapter'] = gpu.description
  const table = tableOf(findings, ['op', 'cases', 'failed', 'seconds'])
  for (const [op, list] of byOp([...cases(random(7)), ...cases(random(8))], settings.cases)) {
    const [start, before] = [performance.now(), findings.failed]
    for (const c of list)
      try {
        near(c, 'webgpu', defined(c), await runCase(gpu, c), TOLERANCE.webgpu)
        count(findings, undefined)
      } catch (error) {
        count(findings, failureOf(error))
      }
    table.rows.push([op, list.length, findings.failed - before, (performance.now() - start) / 1000])
    save()
  }
  await gpu.dispose()
}

/** The parts `variants…`. */
export async function variants({ settings, findings, save }: Context, hidden: readonly Feature[]): Promise<void> {
  const [gpu, cpu] = [await openWithout(hidden), await openBackend('cpu')]
  findings.facts['adapter'] = gpu.description
  const table = tableOf(findings, ['op', 'variant', 'cases', 'largest error'])
  const all = byOp([...cases(random(11)), ...largeCases(random(12))], settings.cases)
  for (const op of OPS_WITH_CANDIDATES) {
    const seen = new Map<string, { cases: number; worst: number }>()
    for (const c of all.get(op) ?? [])
      try {
        const expected = await runCase(cpu, c)
        for await (const { used, got } of candidateResults(gpu, c)) {
          const error = Math.max(...Object.entries(expected).map(([name, values]) => largestDifference(values, got[name]!)))
          const variant = used.map(({ candidate }) => candidate).join(' + ') || 'the only one'
          const own = seen.get(variant) ?? { cases: 0, worst: 0 }
          seen.set(variant, { cases: own.cases + 1, worst: Math.max(own.worst, error) })
          count(findings, error <= TOLERANCE.webgpu ? undefined : `${c.name}, ${variant}: differs by ${error}`)
        }
      } catch (error) {
        count(findings, `${c.name}: ${failureOf(error)}`)
      }
    for (const [variant, { cases: n, worst }] of seen) table.rows.push([op, variant, n, worst.toExponential(1)])
    save()
  }
  await gpu.dispose()
  await cpu.dispose()
}

/**
 * The parts `goldens…`. With `shader-f16`, every product whose weights are f16 reads them as such.
 */
export async function goldens({ settings, findings, save }: Context, hidden: readonly Feature[]): Promise<void> {
  const gpu = await openWithout(hidden)
  findings.facts['adapter'] = gpu.description
  findings.facts['kernels read f16'] = gpu.traits.half ? 'yes' : 'no'
  if (gpu.traits.half)
    gpu.tuning.choices.override = (_key, candidates) => candidates.find((c) => /half"?:true/.test(nameOf(c))) ?? candidates[0]!
  const table = tableOf(findings, ['case', 'quantities', 'failed', 'largest share of its tolerance'])
  const rows = new Map<string, { n: number; failed: number; share: number }>()
  const report = ({ case: name, quantity, error, tolerance }: Line) => {
    const row = rows.get(name) ?? { n: 0, failed: 0, share: 0 }
    const isRight = error <= tolerance
    const share = tolerance > 0 ? error / tolerance : 0
    rows.set(name, { n: row.n + 1, failed: row.failed + (isRight ? 0 : 1), share: Math.max(row.share, share) })
    count(findings, isRight ? undefined : `${name}, ${quantity}: ${error} (tolerance ${tolerance})`)
    table.rows = [...rows].map(([golden, r]) => [golden, r.n, r.failed, r.share])
  }
  const all = (await readdir(GOLDENS)).filter((entry) => !entry.includes('.')).sort()
  for (const name of settings.goldens.length > 0 ? settings.goldens : all) {
    await runGoldens(GOLDENS, gpu, report, name).catch((error) => count(findings, `${name}: ${failureOf(error)}`))
    save()
  }
  await gpu.dispose()
}
