/**
 * @file `kernels`: every op at the shapes of a Stable Diffusion pass (`kernel-cases.ts`). Operations and bytes are those of `tensor/cost.ts`: what the op must do
 * at least, however a kernel does it.
 *
 * The default sizes are those of SD 1.5 at a quarter of the tokens (256×256 pixels), the VAE's at a sixteenth; `--full` takes 512×512's.
 */
import type { Backend } from '../src/index.ts'
import { DryBackend } from '../src/tensor/dry.ts'
import { clear, kernelCases, type Scale } from './kernel-cases.ts'
import { digits, machine, measureOp, showSpread, table } from './measure.ts'

const FULL: Scale = { side: 64, picture: 512 }
const SMALL: Scale = { side: 32, picture: 128 }

/** Prints a table for each backend. */
export async function benchKernels(backends: readonly Backend[], { runs, full }: { runs: number; full: boolean }): Promise<void> {
  for (const backend of backends) {
    console.log(`\n### Kernels on ${backend.description}\n\n${machine()}; median of ${runs} runs, fewer where they take seconds`)
    const rows: string[][] = []
    for (const { op, shape, prepare } of kernelCases(full ? FULL : SMALL)) {
      const { flops, bytes } = work(prepare)
      const record = prepare(backend)
      await backend.flush()
      const time = await measureOp(runs, record, () => backend.flush())
      clear(backend)
      rows.push([op, shape, digits(flops / 1e9), showSpread(time), digits(flops / time.median / 1e6), digits(bytes / time.median / 1e6)])
    }
    table(['op', 'shape', 'GFLOP', 'ms', 'GFLOP/s', 'GB/s'], rows)
  }
}

/** What one call does, by a dry run; preparing may run ops as well. */
export function work(prepare: (backend: Backend) => () => void): { flops: number; bytes: number } {
  const backend = new DryBackend({ kind: 'cpu', maxTensorBytes: Infinity })
  const record = prepare(backend)
  backend.steps = []
  record()
  const counts = backend.steps
  return { flops: counts.reduce((sum, c) => sum + c.flops, 0), bytes: counts.reduce((sum, c) => sum + c.bytes, 0) }
}
