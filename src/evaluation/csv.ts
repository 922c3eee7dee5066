/** @file `cases.csv`: a line for each picture and method (RFC 4180). */
import { csvOf } from '../output/csv.ts'
import { hasTableMark } from '../output/mark.ts'
import type { Case } from './case.ts'
import { meanObjectPrecision } from './instance-summary.ts'

/** The columns that every file has, and what stands there. */
const COLUMNS: readonly (readonly [name: string, value: (c: Case) => string | number | boolean])[] = [
  ['set', (c) => c.set],
  ['image', (c) => c.image],
  ['group', (c) => c.group],
  ['method', (c) => c.method],
  ['block', (c) => c.block],
  ['dice', (c) => c.figures.dice],
  ['iou', (c) => c.figures.iou],
  ['precision', (c) => c.figures.precision],
  ['recall', (c) => c.figures.recall],
  ['hd95', (c) => c.figures.hd95],
  ['nsd', (c) => c.figures.nsd],
  ['unit', (c) => c.unit],
  ['volume_difference', (c) => c.figures.volumeDifference],
  ['truth_pixels', (c) => c.figures.counts.truth],
  ['result_pixels', (c) => c.figures.counts.result],
  ['both_pixels', (c) => c.figures.counts.both],
  ['empty_truth', (c) => c.figures.empty.truth],
  ['empty_result', (c) => c.figures.empty.result],
  ['milliseconds', (c) => Math.round(c.milliseconds)],
]

/** How a file of ours begins. */
const BEGINNING = COLUMNS.map(([name]) => name).join()

/**
 * @param classes the names of classes, where there are any: Dice of each, and their mean
 * @param instances whether objects were compared
 */
export function casesCsv(cases: readonly Case[], classes: readonly string[], instances: boolean): string {
  const columns = [
    ...COLUMNS,
    ...classes.map((name) => [`dice: ${name}`, (c: Case) => c.classes?.classes[name]?.dice ?? ''] as const),
    ...(classes.length > 0 ? [['dice: mean of classes', (c: Case) => c.classes?.mean.dice ?? ''] as const] : []),
    ...(instances
      ? ([
          ['truth_objects', (c: Case) => c.instances?.counts.truth ?? ''],
          ['result_objects', (c: Case) => c.instances?.counts.result ?? ''],
          ['ap50', (c: Case) => c.instances?.objectPrecision[0] ?? ''],
          ['ap', (c: Case) => (c.instances ? meanObjectPrecision(c.instances) : '')],
          ['aji', (c: Case) => c.instances?.aji ?? ''],
        ] as const)
      : []),
  ]
  return csvOf([columns.map(([name]) => name), ...cases.map((c) => columns.map(([, value]) => value(c)))])
}

/** Whether a file's first 64 bytes are those of such a file. */
export function isCasesCsv(beginning: Uint8Array): boolean {
  return hasTableMark(beginning, BEGINNING)
}
