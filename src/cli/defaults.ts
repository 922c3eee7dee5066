/**
 * @file Defaults that belong to the model, as `--help` shows them: the embedded model's numbers.
 */
import { embeddedModel, openDirectory } from '#platform'
import { readDefaults } from '../index.ts'

/** What is said behind the help of each option. */
export interface DefaultNumbers {
  size: string
  timesteps: string
  thresholds: string
  anchors: string
}

export const NO_NUMBERS: DefaultNumbers = { size: '', timesteps: '', thresholds: '', anchors: '' }

/** Nothing where the embedded model is not there: help is given all the same. */
export async function defaultNumbers(): Promise<DefaultNumbers> {
  try {
    const { size, timesteps, method } = await readDefaults(await openDirectory(embeddedModel()), 0)
    const show = (text: string | number) => ` (default: the model’s own; embedded: ${text})`
    return {
      size: show(size[0] === size[1] ? size[0] : size.join('x')),
      timesteps: show(timesteps.join(',')),
      thresholds: show(method.thresholds.join(',')),
      anchors: show(method.anchors),
    }
  } catch {
    return NO_NUMBERS
  }
}
