/**
 * @file Node: WebGPU is Dawn, from the optional npm package `webgpu`; weights are folders.
 */
import { setFlagsFromString } from 'node:v8'
import { addressSpaceLeft } from './address-space.ts'
import { hasVulkanDriver } from './graphics.ts'
import { unheard } from './unheard.ts'

export { mayHaveGraphicsCard } from './graphics.ts'
export { inflateAtOnce } from './inflate.ts'
export * from './local.ts'

// Dawn's instance must stay reachable as long as any of its objects is used.
let instance: GPU | undefined

/** Address space that a driver takes, without which some end the process. */
const DRIVER_BYTES = 1.5 * 2 ** 30

/** What there is without a driver. */
const WITHOUT_DRIVER: Pick<GPU, 'requestAdapter'> = { requestAdapter: async () => null }

/**
 * The `GPU` object, or undefined where the package is not installed or has no binary for this
 * machine, or the limit of address space leaves no room for a driver.
 */
export async function gpu(): Promise<Pick<GPU, 'requestAdapter'> | undefined> {
  if (addressSpaceLeft() < DRIVER_BYTES) return undefined
  if (!hasVulkanDriver()) return WITHOUT_DRIVER
  if (!instance) {
    const dawn = await import('webgpu').catch(() => undefined)
    instance = dawn?.create([])
  }
  return instance && { requestAdapter: (wish) => unheard(async () => instance!.requestAdapter(wish)) }
}

let waiting = 0
let napping = false
const never = new Int32Array(new SharedArrayBuffer(4))

/**
 * Waits for the device. Dawn's binding asks for finished work in every turn of the event loop,
 * which keeps a core busy that a software adapter needs (and on two cores doubles its time); so the
 * thread sleeps a millisecond a turn meanwhile.
 */
export async function waitForDevice<T>(work: Promise<T>): Promise<T> {
  waiting++
  if (!napping) setImmediate(nap)
  napping = true
  try {
    return await work
  } finally {
    waiting--
  }
}

function nap(): void {
  napping = waiting > 0
  if (!napping) return
  Atomics.wait(never, 0, 0, 1)
  setImmediate(nap)
}

/**
 * Node 20's V8 has relaxed SIMD behind a flag, which counts for modules compiled from then on, in
 * all threads. Later ones know no such flag and need none.
 */
export function allowRelaxedSimd(): void {
  setFlagsFromString('--experimental-wasm-relaxed-simd')
}
