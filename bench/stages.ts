/**
 * @file The stages of `segment` with the embedded model on a picture that comes with the project: the first image (kernels compile, memory is fetched), warm ones, and by
 * which kernels the time is spent.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Adzus, type Backend } from '../src/index.ts'
import { memorySize } from '../src/messages.ts'
import { packageRoot } from '../src/platform/directory.ts'
import { Totals } from '../src/tensor/index.ts'
import { machine, showSpread, spread, table } from './measure.ts'
import { profiled, profileTable } from './profile.ts'

const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'

export async function benchStages(backends: readonly Backend[], runs: number): Promise<void> {
  const bytes = await readFile(join(packageRoot(), PICTURE))
  for (const backend of backends) {
    const adzus = await Adzus.load(undefined, { backend })
    const first = await adzus.segment(bytes)
    const warm = new Map(Object.keys(first.timings).map((stage) => [stage, [] as number[]]))
    let peakBytes = 0
    for (let i = 0; i < runs; i++) {
      const result = await adzus.segment(bytes)
      peakBytes = result.peakBytes
      for (const [stage, ms] of Object.entries(result.timings)) warm.get(stage)!.push(ms)
    }
    console.log(
      `\n### Stages on ${backend.description}\n\n${machine()}; ${PICTURE}, network size ${first.parameters.size.join(' × ')}, ${runs} warm runs`,
    )
    table(
      ['stage', 'first image, ms', 'warm, ms'],
      Object.entries(first.timings).map(([stage, ms]) => [stage, ms.toFixed(0), showSpread(spread(warm.get(stage)!), 0)]),
    )
    const pipelines = backend.kind === 'webgpu' ? `, ${backend.counts.pipelines} pipelines compiled` : ''
    console.log(`\nPeak device memory ${memorySize(peakBytes)}${pipelines}.`)
    const totals = new Totals()
    await profiled(backend, totals, () => adzus.segment(bytes))
    console.log(`\nOne more warm run, by kernel:`)
    profileTable(totals)
    await adzus.dispose()
  }
}
