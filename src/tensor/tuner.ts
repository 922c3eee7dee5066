/**
 * @file The tuner: where kernels are chosen among several, it measures the candidates on this
 * adapter and keeps the fastest.
 *
 * The choices to make (*questions*) follow from a dry run. Each candidate runs on made-up numbers
 * of the real shapes; one whose result differs from the first candidate's is out, whatever its
 * speed. Questions that the most work depends on come first, and none is begun once the time is up:
 * what is left keeps the first candidate. An answer can raise new questions (the products inside a
 * Winograd convolution), so there are several rounds.
 */
import type { Backend, OpName, OpTable } from './backend.ts'
import { type Choices, nameOf } from './choices.ts'
import { floatToHalf } from './half.ts'
import { sizeOf } from './shape.ts'
import { release, Tensor } from './tensor.ts'

/** A choice that an op depends on: which candidate is to compute it. */
export interface Question {
  key: string
  op: OpName
  /** The op's arguments, tensors of the dry run among them. */
  args: OpTable[OpName]
  candidates: readonly unknown[]
  /** Floating-point operations that depend on the answer. */
  flops: number
}

export interface Answer {
  key: string
  best: string
  /** Milliseconds by candidate; undefined where the result was wrong. */
  times: ReadonlyMap<string, number | undefined>
}

export interface TuneOptions {
  /** Milliseconds after which no further question is begun (default: 30 s). */
  budget?: number
  onAnswer?: (answer: Answer) => void
}

const BUDGET = 30_000
const ROUNDS = 3
/**
 * Questions about tensors beyond this many bytes in all are not measured: the model needs the
 * memory.
 */
const MAX_BYTES = 2 ** 30
/**
 * Milliseconds that a timed run should take at least, and how often an op is repeated for that at
 * most.
 */
const SHORTEST = 5
const MOST_REPEATS = 20
const RUNS = 3
/** As between a kernel and the CPU: of the largest value, at least 1. */
const TOLERANCE = 1e-4
/** The same where some candidates multiply in f16, whose numbers are rounded by up to 5e-4. */
const HALF_TOLERANCE = 1e-2

/**
 * Answers what `ask` finds open, and remembers the answers in `choices`, by which the backend's ops
 * are computed.
 */
export async function tune(
  backend: Backend,
  choices: Choices,
  ask: () => Promise<Iterable<Question>>,
  { budget = BUDGET, onAnswer }: TuneOptions = {},
): Promise<void> {
  const start = performance.now()
  const { best } = choices
  const skipped = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const open = [...(await ask())].filter(({ key }) => !best.has(key) && !skipped.has(key)).sort((a, b) => b.flops - a.flops)
    if (open.length === 0) return
    for (const question of open) {
      if (performance.now() - start > budget) return
      const answer = await measure(backend, choices, question)
      if (answer) {
        best.set(question.key, answer.best)
        onAnswer?.(answer)
      } else skipped.add(question.key)
    }
  }
}

async function measure(backend: Backend, choices: Choices, { key, op, args, candidates }: Question): Promise<Answer | undefined> {
  const tensors = Object.entries(args).filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor)
  const bytes = tensors.reduce((sum, [, t]) => sum + t.bytes, 0)
  if (bytes > MAX_BYTES) return undefined
  const halves = (backend.traits?.arithmetic ?? 'f32') !== 'f32'
  const times = new Map<string, number | undefined>()
  let expected: Float32Array | undefined
  let best: { name: string; time: number } | undefined
  try {
    for (const candidate of candidates) {
      // Only this question is answered so; the others as they are known.
      choices.override = (asked, list) =>
        asked === key ? (list.find((c) => nameOf(c) === nameOf(candidate)) ?? list[0]!) : choices.known(asked, list)
      const copies = Object.fromEntries(tensors.map(([name, tensor]) => [name, madeUp(backend, tensor)]))
      const run = () => backend.run(op, { ...args, ...copies } as never)
      try {
        run()
        const result = await copies['out']!.floats()
        expected ??= result
        const right = agree(expected, result, halves ? HALF_TOLERANCE : TOLERANCE)
        const time = right ? await timed(run, () => backend.flush()) : undefined
        times.set(nameOf(candidate), time)
        if (time !== undefined && (!best || time < best.time)) best = { name: nameOf(candidate), time }
      } finally {
        release(...Object.values(copies))
      }
    }
  } finally {
    choices.override = undefined
  }
  return best && { key, best: best.name, times }
}

/** Milliseconds of one run, the shortest of several. */
async function timed(run: () => void, flush: () => Promise<void>): Promise<number> {
  const perRun = async (repeats: number) => {
    const start = performance.now()
    for (let i = 0; i < repeats; i++) run()
    await flush()
    return (performance.now() - start) / repeats
  }
  const once = await perRun(1)
  const repeats = Math.max(1, Math.min(MOST_REPEATS, Math.ceil(SHORTEST / once)))
  let shortest = repeats === 1 ? once : Number.POSITIVE_INFINITY
  for (let i = repeats === 1 ? 1 : 0; i < RUNS; i++) shortest = Math.min(shortest, await perRun(repeats))
  return shortest
}

/**
 * A tensor like the dry run's, filled with numbers in −½ … ½ that follow no pattern of a power of
 * two.
 */
function madeUp(backend: Backend, { shape, dtype }: Tensor): Tensor {
  const size = sizeOf(shape)
  const values = Float32Array.from({ length: Math.min(size, PERIOD) }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5)
  const table = dtype === 'f16' ? floatToHalf(values) : dtype === 'i32' ? new Int32Array(values.length) : values
  const data = new (table.constructor as new (n: number) => typeof table)(size)
  for (let at = 0; at < size; at += table.length) data.set(table.subarray(0, Math.min(table.length, size - at)), at)
  return Tensor.from(backend, data, shape, 'tuner')
}
/** A prime, so that rows of no usual length are alike. */
const PERIOD = 65_537

function agree(expected: Float32Array, got: Float32Array, tolerance: number): boolean {
  const largest = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 1)
  return expected.every((v, i) => Math.abs(v - got[i]!) <= tolerance * largest)
}
