/** @file Deno: WebGPU is built in (wgpu); weights are folders. */
export * from './local.ts'

/** The `GPU` object, or undefined where Deno was started without WebGPU. */
export async function gpu(): Promise<GPU | undefined> {
  return globalThis.navigator?.gpu
}

/** Only the adapter itself tells. */
export function mayHaveGraphicsCard(): boolean {
  return true
}

/** Waiting for the device costs nothing here. */
export function waitForDevice<T>(work: Promise<T>): Promise<T> {
  return work
}

/** Deno has relaxed SIMD. */
export function allowRelaxedSimd(): void {}
