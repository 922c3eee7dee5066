/**
 * @file `scale --model FOLDER`: one picture through a model of any size, told stage by stage: time, operations, and memory of device and process. Made for the
 * random checkpoints of `npm run checkpoint`; what it proves is that sizes fit, not that segments mean anything.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { Adzus, type Backend } from '../src/index.ts'
import { memorySize } from '../src/messages.ts'
import { packageRoot } from '../src/platform/directory.ts'
import { Totals } from '../src/tensor/index.ts'
import { digits, machine, table } from './measure.ts'
import { profiled, profileTable } from './profile.ts'

const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'
/** Milliseconds between two looks at memory. */
const TICK = 1000

interface Stage {
  name: string
  milliseconds: number
  flops: number
  /** Most bytes in use by tensors; held, with what waits for reuse; resident in the process. The last two as seen every second. */
  inUse: number
  held: number
  resident: number
}

export async function benchScale(backends: readonly Backend[], { model, size }: { model: string; size?: number }): Promise<void> {
  const picture = await readFile(join(packageRoot(), PICTURE))
  for (const backend of backends) {
    const largest = watchLargest(backend)
    const totals = new Totals()
    const watch = new Watch(backend, totals)
    await profiled(backend, totals, async () => {
      watch.begin('load')
      const adzus = await Adzus.load(model, { backend })
      const { parameters } = await adzus.segment(picture, { size, onProgress: (stage) => watch.begin(stage) })
      watch.end()
      console.log(
        `\n### ${model} at ${parameters.size.join(' × ')} on ${backend.description}\n\n${machine()}; one run, kernels compiled in it`,
      )
      await adzus.dispose()
    })
    table(
      ['stage', 'seconds', 'GFLOP', 'GFLOP/s', 'device memory in use', 'held', 'process'],
      watch.stages.map(({ name, milliseconds: ms, flops, inUse, held, resident }) => [
        name,
        digits(ms / 1000),
        digits(flops / 1e9),
        digits(flops / ms / 1e6),
        memorySize(inUse),
        memorySize(held),
        memorySize(resident),
      ]),
    )
    const seconds = watch.stages.reduce((sum, s) => sum + s.milliseconds, 0) / 1000
    console.log(
      `\n${digits(seconds)} s with loading. Largest tensor ${memorySize(largest.bytes)} (largest binding ${memorySize(backend.maxTensorBytes)}), ` +
        `peak of the process ${memorySize(process.resourceUsage().maxRSS * 1024)}.\n\nBy kernel:`,
    )
    profileTable(totals)
  }
}

/** What a stage costs, seen from outside: by the clock, the profile, and a look at memory every second. */
class Watch {
  readonly stages: Stage[] = []
  readonly #backend: Backend
  readonly #totals: Totals
  readonly #timer: NodeJS.Timeout
  #start = 0

  constructor(backend: Backend, totals: Totals) {
    this.#backend = backend
    this.#totals = totals
    this.#timer = setInterval(() => this.#look(), TICK).unref()
  }

  begin(name: string): void {
    this.#close()
    this.#backend.resetPeak()
    this.#start = performance.now()
    this.stages.push({ name, milliseconds: 0, flops: -this.#flops(), inUse: 0, held: 0, resident: 0 })
    this.#look()
    console.error(`${this.#backend.kind}: ${name} …`)
  }

  end(): void {
    this.#close()
    clearInterval(this.#timer)
  }

  #close(): void {
    const stage = this.stages.at(-1)
    if (!stage) return
    this.#look()
    stage.milliseconds = performance.now() - this.#start
    stage.flops += this.#flops()
  }

  #look(): void {
    const stage = this.stages.at(-1)
    if (!stage) return
    const { peak, held } = this.#backend.memory
    stage.inUse = peak
    stage.held = Math.max(stage.held, held)
    stage.resident = Math.max(stage.resident, process.memoryUsage.rss())
  }

  #flops(): number {
    return this.#totals.rows().reduce((sum, r) => sum + r.flops, 0)
  }
}

/** Follows the largest allocation from now on. */
function watchLargest(backend: Backend): { bytes: number; label: string } {
  const largest = { bytes: 0, label: '' }
  const allocate = backend.allocate.bind(backend)
  backend.allocate = (bytes, label) => {
    if (bytes > largest.bytes) Object.assign(largest, { bytes, label })
    return allocate(bytes, label)
  }
  return largest
}
