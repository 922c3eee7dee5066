/**
 * @file A checkpoint of full size at its own size: time of each stage, peak device memory, peak memory of the process. Made for the random SD 1.5-sized
 * checkpoint of `npm run checkpoint`, whose masks mean nothing.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { Adzus, type Backend } from '../src/index.ts'
import { packageRoot } from '../src/platform/directory.ts'
import { machine, mebibytes, milliseconds, table } from './measure.ts'

export async function benchScale(backends: readonly Backend[], { model, size }: { model: string; size?: number }): Promise<void> {
  const bytes = await readFile(join(packageRoot(), 'data/bccd/images/BloodImage_00163.jpg'))
  for (const backend of backends) {
    let adzus: Adzus | undefined
    const load = await milliseconds(async () => {
      adzus = await Adzus.load(model, { backend })
    })
    const weights = backend.memory.live
    const { timings, peakBytes, parameters } = await adzus!.segment(bytes, {
      size,
      onProgress: (stage) => console.error(`${backend.kind}: ${stage} …`),
    })
    console.log(
      `\n### ${model} at ${parameters.size.join(' × ')} on ${backend.description}\n\n${machine()}; one run, kernels compiled in it`,
    )
    table(
      ['stage', 'seconds'],
      Object.entries({ load, ...timings }).map(([stage, ms]) => [stage, (ms / 1000).toFixed(1)]),
    )
    console.log(
      `\nWeights ${mebibytes(weights)}, peak device memory ${mebibytes(peakBytes)} (largest binding ${mebibytes(backend.maxTensorBytes)}), ` +
        `peak of the process ${mebibytes(process.resourceUsage().maxRSS * 1024)}.`,
    )
    await adzus!.dispose()
  }
}
