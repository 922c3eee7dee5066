/** @file A picture (or a batch) followed without a device: what would run, and what it would need. */

import { aggregate } from '../attention/aggregate.ts'
import { firstColumn } from '../attention/finite.ts'
import type { Files } from '../checkpoint/files.ts'
import type { WishedDtype } from '../checkpoint/variants.ts'
import { merge } from '../grouping/diffseg/merge.ts'
import { labelPixels } from '../grouping/label-pixels.ts'
import type { DryBackend } from '../tensor/dry.ts'
import { release } from '../tensor/index.ts'
import { look } from './look.ts'
import { Model } from './model.ts'
import type { SegmentOptions } from './options.ts'
import { type Plan, planOf } from './plan.ts'
import { prominence } from './prominence.ts'
import type { RunStage } from './stages.ts'

/** What a model is made of. */
export interface Origin {
  files: Files
  dtype?: WishedDtype
}

/** What would happen to a batch of pictures with these options; of the weights only the headers are read. */
export async function follow({ files, dtype }: Origin, dry: DryBackend, options: SegmentOptions, batch = 1): Promise<Plan> {
  const model = await Model.load(files, dry, { dtype })
  const parameters = model.parameters(options)
  const [width, height] = parameters.size
  const before = { weights: dry.memory.live, ...dry.allocated }
  const stage: RunStage = (name, work) => {
    dry.stage = name
    return work()
  }
  const blank = new Float32Array(3 * width * height)
  const { foreground, thresholds, anchors } = parameters
  for (const { maps, words = [] } of await look(model, Array(batch).fill(blank), parameters, stage)) {
    const map = await stage('aggregate', async () => {
      const joined = aggregate(maps, model.baseGrid(parameters))
      await firstColumn(joined)
      return joined
    })
    const proposals = await stage('merge', () => merge(map, { thresholds: thresholds.slice(0, 1), anchors }))
    await stage('labels', () => labelPixels(proposals, map.grid, { width, height }))
    if (foreground === 'auto') await stage('foreground', () => prominence(map))
    release(proposals, map, ...words)
  }
  return planOf(dry, { model: model.label, size: parameters.size }, before)
}
