/**
 * @file The defaults of a model: an optional `adzus.json` beside its `model_index.json`. A
 * checkpoint without one gets DiffSeg's values (time step 300, thresholds 0.9 × 3, 16 anchors a
 * side) at the size that its UNet was made for.
 */
import { Config } from '../checkpoint/config.ts'
import { exists, type Files } from '../checkpoint/files.ts'
import { MAX_ROUNDS } from '../grouping/diffseg/index.ts'
import { checkFiles } from './check-options.ts'
import { MAX_SIDE, type Parameters } from './options.ts'

/** More names than a UNet has layers of self-attention. */
const MOST_LAYERS = 1000

/** What holds for a model where no option says otherwise. */
export interface Defaults extends Pick<Parameters, 'size' | 'timesteps' | 'method' | 'layers'> {
  /** Whether the model's text encoder knows words, so that they can be looked for. */
  words: boolean
}

/**
 * Reads `adzus.json`. `side`: the size that the model was made for, in pixels.
 * @example
 * const { size, method } = await readDefaults(files, 512)
 */
export async function readDefaults(files: Files, side: number): Promise<Defaults> {
  checkFiles(files)
  const config = (await exists(files, 'adzus.json')) ? await Config.read(files, 'adzus.json') : new Config('DiffSeg’s defaults', {})
  const some = <T>(field: string, list: T[], most: number, what = 'numbers') => {
    if (list.length < 1 || list.length > most) throw config.wrong(field, `1 to ${most} ${what}`, `${list.length}`)
    return list
  }
  const [width, height = width] = some('size', config.ints('size', undefined, side, { from: 1, to: MAX_SIDE }), 2)
  return {
    size: [width, height],
    timesteps: some('timesteps', config.ints('timesteps', undefined, 300, { from: 0, to: 9999 }), 1000),
    method: {
      kind: 'diffseg',
      thresholds: some('thresholds', config.numbers('thresholds', [0.9, 0.9, 0.9], { above: 0, to: 1000 }), MAX_ROUNDS),
      anchors: config.int('anchors', 16, { from: 2, to: 1024 }),
      refine: false,
    },
    layers: config.has('layers') ? some('layers', config.strings('layers'), MOST_LAYERS, 'parts of layer names') : null,
    words: config.bool('words', true),
  }
}
