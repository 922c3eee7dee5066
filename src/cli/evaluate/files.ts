/** @file The files of a report, written together or not at all; the summary comes last. */
import { join } from 'node:path'
import { isCasesCsv } from '../../evaluation/csv.ts'
import { isReport } from '../../evaluation/report/page.ts'
import { hasJsonMark } from '../../output/mark.ts'
import { checkWritable, makeWritable, realPaths, refuseInput, sweep, writeTogether } from '../files.ts'
import { refuseForeign, type Target } from '../sinks/origin.ts'
import { JOURNAL } from './journal.ts'
import type { Item } from './sets.ts'

const FILES = { 'cases.csv': isCasesCsv, 'report.html': isReport, 'summary.json': hasJsonMark }

export type ReportFiles = Record<keyof typeof FILES, string>

/** Fails where a file of another origin, or one that is read, has the name of one to be written. */
export async function admitReport(folder: string, items: readonly Item[], overwrite: boolean): Promise<void> {
  await checkWritable(folder)
  const read = items.flatMap(({ imagePath, maskPath, predictions }) => [imagePath, maskPath, ...predictions.values()])
  const inputs = await realPaths(read.filter((path) => path !== undefined))
  for (const { path } of targets(folder)) await refuseInput(path, inputs, '--output')
  await refuseForeign(targets(folder), undefined, overwrite)
  await makeWritable(folder)
  await sweep([folder])
}

export async function writeReport(folder: string, files: ReportFiles, overwrite: boolean): Promise<string[]> {
  const inOrder = Object.keys(FILES) as (keyof ReportFiles)[]
  await writeTogether(folder, new Map(inOrder.map((name) => [name, files[name]])), () =>
    // Once more, since much may have happened meanwhile.
    refuseForeign(targets(folder), undefined, overwrite),
  )
  return inOrder.map((name) => join(folder, name))
}

function targets(folder: string): Target[] {
  const named = { ...FILES, [JOURNAL]: hasJsonMark }
  return Object.entries(named).map(([name, isOurs]) => ({ path: join(folder, name), isOurs }))
}
