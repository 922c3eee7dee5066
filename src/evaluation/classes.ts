import type { FigureOptions, Figures } from './figures.ts'

/** A picture whose pixels are numbers of classes or of objects; 0 is the background. */
export interface LabelMap {
  width: number
  height: number
  data: ArrayLike<number>
}

/** The figures of one class, or their mean over all classes. */
export type ClassMean = Pick<Figures, 'dice' | 'iou' | 'precision' | 'recall' | 'hd95' | 'nsd'>

export interface ClassFigures {
  /** By the class's name. */
  classes: Record<string, Figures>
  mean: ClassMean
}

/** @param names value of the maps → name of the class */
export function classFigures(
  _truth: LabelMap,
  _result: LabelMap,
  _names: Record<number, string>,
  _options: FigureOptions = {},
): ClassFigures {
  throw new Error('to come')
}
