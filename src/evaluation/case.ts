/** @file A case: one picture, one method, and the figures of its result. */
import { components } from '../pixels/components.ts'
import type { Mask } from '../pixels/mask.ts'
import type { Block } from './blocks.ts'
import { type ClassFigures, classFigures, type LabelMap } from './classes.ts'
import { type FigureOptions, type Figures, figures } from './figures.ts'
import { type InstanceFigures, instanceFigures } from './instances.ts'
import { maskOfLabels } from './truth.ts'

export interface Case {
  set: string
  image: string
  /** What was drawn together with it, for example the patient. */
  group: string
  method: string
  block: Block
  figures: Figures
  /** Of distances. */
  unit: 'px' | 'mm'
  classes?: ClassFigures
  instances?: InstanceFigures
  /** What the method took, its share of the network included. */
  milliseconds: number
}

/** What is true of a picture. */
export interface Truth {
  mask: Mask
  /** Of classes or objects. */
  labels?: LabelMap
}

/** A method's result for a picture. */
export interface Answer {
  method: string
  block: Block
  mask: Mask
  /** Of classes or objects, where the method tells them apart. */
  labels?: LabelMap
  milliseconds: number
}

export interface MeasureOptions extends FigureOptions {
  /** Value of the maps → name of the class. */
  classes?: Record<number, string>
  /** Whether objects are compared one by one; a mask's are its connected parts. */
  instances?: boolean
}

/** @throws AdzusError for a result of another size */
export function measure(truth: Truth, answer: Answer, options: MeasureOptions): Pick<Case, 'figures' | 'classes' | 'instances'> {
  const { classes, instances, ...rest } = options
  const measured: Pick<Case, 'figures' | 'classes' | 'instances'> = { figures: figures(truth.mask, answer.mask, rest) }
  if (classes && truth.labels && answer.labels) measured.classes = classFigures(truth.labels, answer.labels, classes, rest)
  if (instances) measured.instances = instanceFigures(truth.labels ?? parts(truth.mask), answer.labels ?? parts(answer.mask))
  return measured
}

function parts({ width, height, data }: Mask): LabelMap {
  return { width, height, data: components({ width, height, data }).labels }
}

/** What is inside of a map of classes: all that has a name. */
export function inside(labels: LabelMap, classes: Record<number, string> | undefined): Mask {
  return maskOfLabels(labels, classes && Object.keys(classes).map(Number))
}
