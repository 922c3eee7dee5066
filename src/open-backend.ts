/**
 * @file Choosing a backend. `auto` takes the fastest: WebGPU where there is a graphics card, else
 * the CPU.
 *
 * Two environment variables concern every backend that is opened here: ADZUS_THREADS, how many
 * threads the CPU backend uses, and ADZUS_DEBUG, how much of what runs is told on standard error
 * (`tensor/debug.ts`).
 */
import {
  allowRelaxedSimd,
  cores,
  environment,
  gpu,
  mayHaveGraphicsCard,
  startThread,
  threadFault,
  waitForDevice,
  wasmPages,
} from '#platform'
import { isBoolean, isRecord, isString, isWhole, must, mustBeNamed, mustBeOptions, valueText } from './arguments.ts'
import { check } from './errors.ts'
import { loadPart } from './part.ts'
import type { Backend } from './tensor/backend.ts'
import { type DebugLevel, debugLines } from './tensor/debug.ts'
import type { Arithmetic } from './tensor/traits.ts'
import type { WasmOptions } from './tensor/wasm/options.ts'
import { type AdapterLike, describe } from './tensor/webgpu/adapter-like.ts'

/** Which backend: `auto` takes WebGPU where there is a graphics card, else the CPU. */
export type BackendKind = 'auto' | 'cpu' | 'webgpu'

const KINDS: readonly BackendKind[] = ['auto', 'cpu', 'webgpu']

/**
 * Options of the CPU backend; `threads` from 1 to 256, by default ADZUS_THREADS, else as many as
 * there are cores.
 */
export type CpuOptions = WasmOptions

/** Options of the WebGPU backend. */
export interface WebGpuOptions {
  /**
   * In which activations are multiplied with weights, and queries with keys (default: f32). `f16`
   * needs an adapter that has it; `auto` leaves the choice to the tuner where the adapter has f16,
   * and is f32 elsewhere. The CPU computes in f32 whatever this is.
   */
  arithmetic?: Arithmetic
}

const ARITHMETICS: readonly Arithmetic[] = ['f32', 'f16', 'auto']

/** The most threads that the CPU backend takes. */
export const MAX_THREADS = 256

/**
 * Opens a backend.
 *
 * With `auto`, whatever keeps WebGPU from starting (no driver, no package, a refused device) means
 * the CPU, and so does a software adapter, which takes tens of times as long as the CPU backend;
 * with `webgpu` a software adapter is taken, and none is an error. The CPU computes on WebAssembly
 * SIMD, or in plain TypeScript in a runtime without that.
 * @throws AdzusError with `webgpu` where there is no adapter; for numbers of threads and levels of
 *   debugging out of range
 * @example
 * ```ts
 * const backend = await openBackend('cpu', { threads: 2 })
 * const adzus = await Adzus.load(undefined, { backend })
 * // …
 * await adzus.dispose()
 * await backend.dispose()
 * ```
 */
export async function openBackend(kind: BackendKind = 'auto', options: CpuOptions & WebGpuOptions = {}): Promise<Backend> {
  check(KINDS.includes(kind), () => ({ what: 'backend', expected: 'auto, webgpu or cpu', got: isString(kind) ? kind : valueText(kind) }))
  mustBeOptions('options', options)
  mustBeNamed('options', options, ['threads', 'relaxed', 'weightBytes', 'arithmetic'])
  const { relaxed, weightBytes, arithmetic = 'f32' } = options
  must('arithmetic', ARITHMETICS.includes(arithmetic), 'f32, f16 or auto', arithmetic)
  must('relaxed', relaxed === undefined || isBoolean(relaxed), 'true or false', relaxed)
  must('weightBytes', weightBytes === undefined || isWhole(weightBytes, 0, 2 ** 53), 'a whole number of bytes', weightBytes)
  const level = debugLevel()
  if (options.threads !== undefined) checkWhole('threads', options.threads, 1, MAX_THREADS)
  const threads = options.threads ?? setting('ADZUS_THREADS', 1, MAX_THREADS)
  const backend = await open(kind, { ...options, threads })
  if (level !== 0) backend.profile.listen(debugLines(level, (line) => console.error(line)))
  return backend
}

/**
 * How much the environment wants to be told of what runs (ADZUS_DEBUG): 0 nothing, 1 stages, 2
 * kernels, 3 sources.
 * @example
 * const level = debugLevel()
 * if (level !== 0) backend.profile.listen(debugLines(level, console.error))
 */
export function debugLevel(): 0 | DebugLevel {
  return (setting('ADZUS_DEBUG', 0, 3) ?? 0) as 0 | DebugLevel
}

/** A whole number from the environment; undefined where the variable is not set or empty. */
function setting(name: string, from: number, to: number): number | undefined {
  const text = environment().variables[name]?.trim()
  if (!text) return undefined
  checkWhole(name, Number(text), from, to, text)
  return Number(text)
}

/** @param written what was given for it */
function checkWhole(where: string, value: number, from: number, to: number, written = valueText(value)): void {
  check(isWhole(value, from, to), () => ({ what: 'options', where, expected: `a whole number from ${from} to ${to}`, got: written }))
}

async function open(kind: BackendKind, { arithmetic, ...options }: CpuOptions & WebGpuOptions): Promise<Backend> {
  if (kind === 'cpu') return openCpu(options)
  if (kind === 'webgpu') return openWebGpu(true, arithmetic)
  const card = mayHaveGraphicsCard() ? await openCard(arithmetic).catch(() => undefined) : undefined
  return card ?? openCpu(options)
}

/**
 * Every WebGPU adapter of this machine, the one that is taken first; none where there is no WebGPU.
 * @example
 * for (const adapter of await listAdapters()) console.log(describeAdapter(adapter))
 */
export async function listAdapters(): Promise<AdapterLike[]> {
  const adapter = await import('./tensor/webgpu/adapter.ts')
  return adapter.listAdapters(await gpu())
}

/**
 * An adapter's name for people.
 * @example
 * for (const adapter of await listAdapters()) console.log(describeAdapter(adapter))
 */
export function describeAdapter(adapter: Pick<AdapterLike, 'info'>): string {
  must('adapter', isRecord(adapter) && isRecord(adapter.info), 'a GPUAdapter', adapter)
  return describe(adapter.info)
}

// Backends are loaded when they are opened: a page needs one of them.

/** The graphics card; undefined where there is no WebGPU, whose backend is not loaded then. */
async function openCard(arithmetic?: Arithmetic): Promise<Backend | undefined> {
  return (await gpu()) && openWebGpu(false, arithmetic)
}

/** @param software whether a software adapter will do */
async function openWebGpu(software: boolean, arithmetic?: Arithmetic): Promise<Backend> {
  const { WebGpuBackend } = await loadPart('WebGPU backend', () => import('./tensor/webgpu/backend.ts'))
  return WebGpuBackend.open(await gpu(), waitForDevice, software, arithmetic)
}

async function openCpu(options: CpuOptions): Promise<Backend> {
  const { CpuBackend } = await loadPart('CPU backend', () => import('./tensor/host/backend.ts'))
  const { WasmEngine } = await loadPart('CPU backend', () => import('./tensor/wasm/engine.ts'))
  const engine = await WasmEngine.open({ allowRelaxedSimd, cores, startThread, threadFault, wasmPages }, options)
  if (!('missing' in engine)) return new CpuBackend(engine)
  const { PlainEngine } = await loadPart('CPU backend', () => import('./tensor/cpu/plain.ts'))
  return new CpuBackend(new PlainEngine(`computing in plain TypeScript, which takes longer: ${engine.missing}`))
}
