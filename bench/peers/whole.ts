/**
 * @file `whole`: picture to labels and mask against diffusers, PyTorch and a NumPy DiffSeg, models loaded and the text encoded before the clock runs: the embedded model, and with
 * `--model` a larger one at 512×512, where the peak memory of both processes counts as well.
 */
import { join } from 'node:path'
import { embeddedModel, packageRoot } from '#platform'
import { memorySize } from '../../src/messages.ts'
import { playPython } from './match.ts'
import type { Op } from './ops.ts'
import type { Options } from './options.ts'
import type { Opponent } from './protocol.ts'

/** A picture of the embedded model's size, so that no resizing differs. */
const PICTURE = join(packageRoot(), 'test', 'goldens', 'adzus-tiny', 'BloodImage_00163.png')

export async function benchWhole(options: Options): Promise<void> {
  const common = { kind: 'segment' as const, picture: PICTURE, timestep: 300, anchors: 16 }
  const tiny: Op = { ...common, model: embeddedModel(), size: 256, thresholds: [0.4, 0.4, 0.4] }
  await segment('the embedded model', tiny, options)
  if (options.model === undefined) return
  const large: Op = { ...common, model: options.model, size: 512, thresholds: [0.9, 0.9, 0.9] }
  // A model of that size takes minutes on one thread.
  await segment(options.model, large, { ...options, threads: [Math.max(...options.threads)] })
}

function segment(model: string, op: Op, options: Options): Promise<void> {
  const match = { library: 'diffusers, PyTorch and NumPy', of: model, ops: [op], about: 'weights as stored in ours, f32 in the peer' }
  return playPython(match, options, printMemory)
}

async function printMemory(ours: Opponent, peer: Opponent): Promise<void> {
  const [mine, theirs] = [await ours.peakMemory(), await peer.peakMemory()]
  if (mine === undefined || theirs === undefined) console.log('\nThis system does not say how much memory a process had.')
  else
    console.log(
      `\nPeak memory of the process, loading included: ours ${memorySize(mine)}, peer ${memorySize(theirs)} (${(theirs / mine).toFixed(2)} times).`,
    )
}
