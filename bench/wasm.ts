/**
 * @file `npm run build && node dist/bench/wasm.js [--runs N] [--quick] [--cpu-time]`: the CPU's engine against what its runtime can do on a core. The peak is a loop of independent multiply-adds in registers, in
 * WebAssembly, on the same threads and by turns with what is compared: a machine whose speed drifts, or that others use, changes both alike. `--quick` leaves out what takes seconds a run;
 * `--cpu-time` counts processor time instead of time, per core, for machines where others work meanwhile.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { allowRelaxedSimd, cores, packageRoot, startThread } from '#platform'
import { Adzus, type Backend, openBackend } from '../src/index.ts'
import { floatToHalf } from '../src/tensor/half.ts'
import { YieldBudget } from '../src/tensor/host/queue.ts'
import { addAttentionMap, attention, conv2d, full, linear, release, type Shape, Tensor } from '../src/tensor/index.ts'
import { sizeOf } from '../src/tensor/shape.ts'
import { Heap } from '../src/tensor/wasm/heap.ts'
import { job, kernel } from '../src/tensor/wasm/kernel.ts'
import { CONSTANTS, HEAP } from '../src/tensor/wasm/layout.ts'
import { hasRelaxedSimd } from '../src/tensor/wasm/library.ts'
import { ThreadPool } from '../src/tensor/wasm/thread-pool.ts'
import { f32x4, Module, v128 } from '../src/wasm-assembler/index.ts'
import { digits, machine, milliseconds, showSpread, spread, table } from './measure.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
    'cpu-time': { type: 'boolean', default: false },
  },
})
const RUNS = Number(values.runs)

/** Milliseconds of work on so many threads. */
async function timed(threads: number, work: () => unknown): Promise<number> {
  if (!values['cpu-time']) return milliseconds(work)
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / threads
}

/** Chains of dependent multiply-adds that fill the pipelines and still fit into the registers. */
const CHAINS = 12
const TURNS = 200_000
const UNROLLED = 4

const peakKernel = kernel('peak', { turns: 'i32' }, (f, { turns }, { scratch }) => {
  const sums = f.locals('v128', CHAINS)
  const factor = f.let(f.splat(0.999))
  // Each chain has a summand of its own, so that nothing can be computed once for all.
  for (const [c, sum] of sums.entries()) f.set(sum, f.splat(c))
  f.for(0, turns, 1, () => {
    for (let u = 0; u < UNROLLED; u++) for (const sum of sums) f.set(sum, f.madd(sum, factor, factor))
  })
  for (const sum of sums) f.do(v128.store(scratch, f32x4.add(v128.load(scratch), sum)))
})

/** Runs the loop on so many threads; GFLOP/s of all together. */
class Peak {
  readonly #pool: ThreadPool
  readonly #tasks: number

  private constructor(pool: ThreadPool, tasks: number) {
    this.#pool = pool
    this.#tasks = tasks
  }

  static async open(threads: number): Promise<Peak> {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true })
    const module = new Module({ relaxed: hasRelaxedSimd(), shared: true }, CONSTANTS)
    module.export(peakKernel.definition)
    const pool = new ThreadPool({ startThread }, new Heap(memory, HEAP), await WebAssembly.compile(module.encode()), ['peak'], threads)
    const peak = new Peak(pool, 4 * threads)
    for (let i = 0; i < 5; i++) await peak.run()
    return peak
  }

  async run(): Promise<number> {
    const ms = await timed(this.#pool.threads, () => this.#pool.run([job(peakKernel, { turns: TURNS }, this.#tasks)], new YieldBudget()))
    return (this.#tasks * TURNS * UNROLLED * CHAINS * 8) / ms / 1e6
  }

  dispose(): void {
    this.#pool.dispose()
  }
}

interface Case {
  name: string
  flops: number
  /** Takes seconds. */
  long?: boolean
  prepare(b: Backend): { run: () => void; free: () => void }
}

/** Numbers between −½ and ½ in no order: what they are does not matter to time, but that they are not all zero or subnormal does. */
function values32(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1024) / 1024 - 0.5)
}

const tensor = (b: Backend, shape: Shape) => Tensor.from(b, values32(sizeOf(shape)), shape)
const halves = (b: Backend, shape: Shape) => Tensor.from(b, floatToHalf(values32(sizeOf(shape))), shape)

function product(m: number, k: number, n: number): Case {
  return {
    name: `linear ${m}×${k} · ${k}×${n}`,
    flops: 2 * m * k * n,
    prepare: (b) => {
      const [x, w, bias] = [tensor(b, [m, k]), halves(b, [n, k]), tensor(b, [n])]
      return { run: () => linear(x, w, { bias }).dispose(), free: () => release(x, w, bias) }
    },
  }
}

function convolution(side: number, inputs: number, outputs: number, long = false): Case {
  return {
    name: `conv 3×3, ${side}×${side}, ${inputs} → ${outputs}`,
    flops: 2 * side * side * 9 * inputs * outputs,
    long,
    prepare: (b) => {
      const [x, w, bias] = [tensor(b, [1, side, side, inputs]), halves(b, [outputs, 3, 3, inputs]), tensor(b, [outputs])]
      return { run: () => conv2d(x, w, { bias, padding: 1 }).dispose(), free: () => release(x, w, bias) }
    },
  }
}

/** Attention of all tokens, and the mean of its heads added to a map. The operations are those of two passes; in one, a third of them is saved. */
function tapped(tokens: number, heads: number, size: number): Case {
  const channels = heads * size
  return {
    name: `attention and map, ${tokens}×${tokens}, ${heads}×${size}`,
    flops: 6 * tokens * tokens * channels,
    prepare: (b) => {
      const [q, k, v] = [0, 1, 2].map(() => tensor(b, [1, tokens, channels]))
      const map = full(b, [1, tokens, tokens], 0)
      const run = () => {
        const { out, scores } = attention(q, k, v, { heads, keepScores: true })
        addAttentionMap(map, scores!, Array(heads).fill(1 / heads))
        release(out, scores!.stats)
      }
      return { run, free: () => release(q, k, v, map) }
    },
  }
}

const CASES: Case[] = [
  product(4096, 320, 320),
  product(4096, 320, 2560),
  product(1024, 640, 5120),
  product(256, 1280, 1280),
  product(64, 1280, 1280),
  product(77, 768, 3072),
  product(1024, 64, 512),
  convolution(64, 320, 320),
  convolution(32, 640, 640),
  convolution(16, 1280, 1280),
  convolution(8, 2560, 1280),
  convolution(512, 128, 128, true),
  convolution(128, 512, 512, true),
  tapped(4096, 8, 40),
  tapped(1024, 8, 80),
]

/** Each case by turns with the peak of as many threads. */
async function benchKernels(threads: number): Promise<void> {
  const peak = await Peak.open(threads)
  const backend = await openBackend('cpu', { threads })
  const rows: string[][] = []
  for (const { name, flops, prepare, long } of CASES) {
    if (long && values.quick) continue
    const { run, free } = prepare(backend)
    const once = async () => {
      run()
      await backend.flush()
    }
    await once()
    const repeats = Math.max(1, Math.ceil(30 / (await milliseconds(once))))
    const own: number[] = []
    const shares: number[] = []
    for (let i = 0; i < RUNS; i++) {
      const before = await peak.run()
      const ms = await timed(threads, async () => {
        for (let r = 0; r < repeats; r++) run()
        await backend.flush()
      })
      const after = await peak.run()
      own.push((repeats * flops) / ms / 1e6)
      shares.push((100 * 2 * own.at(-1)!) / (before + after))
    }
    free()
    rows.push([name, digits(flops / 1e9), showSpread(spread(own)), showSpread(spread(shares), 0)])
  }
  console.log(
    `\n### ${backend.description}${hasRelaxedSimd() ? ', relaxed SIMD' : ''}: peak ${digits(await peak.run())} GFLOP/s\n\n${machine()}`,
  )
  table(['op', 'GFLOP', 'GFLOP/s', '% of the peak'], rows)
  peak.dispose()
  await backend.dispose()
}

/** The whole way from picture to mask with the embedded model, in this process, and as a process of its own. */
async function benchSegment(): Promise<void> {
  const path = join(packageRoot(), 'test', 'goldens', 'adzus-tiny', 'BloodImage_00163.png')
  const picture = await readFile(path)
  const adzus = await Adzus.load(undefined, { backend: 'cpu' })
  const warm: number[] = []
  for (let i = 0; i <= RUNS; i++) warm.push(await milliseconds(() => adzus.segment(picture)))
  await adzus.dispose()
  const folder = mkdtempSync(join(tmpdir(), 'adzus-'))
  const cold: number[] = []
  for (let i = 0; i < RUNS; i++)
    cold.push(
      await milliseconds(() => {
        const call = [join(packageRoot(), 'bin', 'adzus.js'), 'segment', path, '--backend', 'cpu', '-q', '-o', folder]
        const { status, stderr } = spawnSync(process.execPath, call)
        if (status !== 0) throw new Error(String(stderr))
      }),
    )
  rmSync(folder, { recursive: true })
  console.log('\n### The embedded model, 256×256, on the CPU')
  table(
    ['what', 'ms'],
    [
      ['picture → mask, first', digits(warm[0])],
      ['picture → mask, later', showSpread(spread(warm.slice(1)))],
      ['`adzus segment`, process start to files written', showSpread(spread(cold))],
    ],
  )
}

if (!hasRelaxedSimd()) allowRelaxedSimd()
for (const threads of [...new Set([1, cores()])]) await benchKernels(threads)
await benchSegment()
