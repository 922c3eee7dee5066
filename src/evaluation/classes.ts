/** @file Figures of several classes: one mask a class. */
import { isRecord, isString, must } from '../arguments.ts'
import { type LabelMap, mustBeAlike } from '../pixels/label-map.ts'
import { maskWhere } from '../pixels/mask.ts'
import { type FigureOptions, type Figures, figures, type MeanFigures } from './figures.ts'

export type { LabelMap } from '../pixels/label-map.ts'

export interface ClassFigures {
  /** By the class's name, in the order of `names`. */
  classes: Record<string, Figures>
  /**
   * The mean over the classes that are in the truth or in the result: classes that are in neither
   * would raise it by scoring 1. Where no class is in either, over all.
   */
  mean: MeanFigures
}

const AVERAGED = ['dice', 'iou', 'precision', 'recall', 'hd95', 'nsd'] as const

/**
 * Compares two maps of classes, class by class; values without a name are background.
 * @param names value of the maps → name of the class; values of one name are one class
 * @throws AdzusError unless both are label maps of one size, and as `figures` does
 * @example
 * const { classes, mean } = classFigures(truth, result, { 1: 'liver', 2: 'tumour' })
 * console.log(classes['tumour'].dice, mean.dice)
 */
export function classFigures(
  truth: LabelMap,
  result: LabelMap,
  names: Readonly<Record<number, string>>,
  options: FigureOptions = {},
): ClassFigures {
  mustBeAlike(truth, result)
  const named = isRecord(names) && Object.keys(names).length > 0 && Object.values(names).every(isString)
  must('names', named, 'names of one class or more by their values', names)
  const compare = (name: string): [string, Figures] => {
    const values = Object.keys(names).map(Number)
    const isOne = (value: number) => values.includes(value) && names[value] === name
    return [name, figures(maskWhere(truth, isOne), maskWhere(result, isOne), options)]
  }
  const classes = Object.fromEntries([...new Set(Object.values(names))].map(compare))
  const all = Object.values(classes)
  const present = all.filter(({ empty }) => !(empty.truth && empty.result))
  return { classes, mean: meanOf(present.length > 0 ? present : all) }
}

function meanOf(list: readonly Figures[]): MeanFigures {
  const mean = (name: keyof MeanFigures) => list.reduce((sum, of) => sum + of[name], 0) / list.length
  return Object.fromEntries(AVERAGED.map((name) => [name, mean(name)])) as unknown as MeanFigures
}
