/** @file Deno: WebGPU is built in (wgpu); weights are folders. */
export { cacheDisk, environment } from './cache-disk.ts'
export { embeddedModel, jpegModule, openDirectory, openFile, packageRoot, sha256 } from './directory.ts'

/** The `GPU` object, or undefined where Deno was started without WebGPU. */
export async function gpu(): Promise<GPU | undefined> {
  return globalThis.navigator?.gpu
}
