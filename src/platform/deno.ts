/**
 * @file Deno: WebGPU is built in (wgpu); weights are folders. What Deno was not permitted to do is
 * said as such.
 */
import process from 'node:process'
import { permitted } from '../permission.ts'
import * as local from './local.ts'

export type { AppCache } from './app-cache.ts'

const platform = permitted(local)
const lookUp = permitted({ variable: (name: string) => process.env[name], home: () => local.environment().home })

export const {
  appCache,
  clipTokenizer,
  cores,
  createFile,
  embeddedModel,
  hasEnded,
  makeFolder,
  modelPaths,
  neighbours,
  openAlone,
  openDirectory,
  openFile,
  openRegular,
  ownerOf,
  packageRoot,
  packageScript,
  packageWasm,
  pathKind,
  place,
  readFileUrl,
  readRegular,
  replaceFile,
  runs,
  sha256,
  startThread,
  sweepLease,
  sweepTemporaries,
  takeAway,
  temporaryBeside,
  threadFault,
  totalMemory,
  wasmPages,
  withLease,
  writeBeside,
} = platform

/** A folder of a Zarr hierarchy. */
export function zarrFolder(path: string): ReturnType<typeof local.zarrFolder> {
  return permitted(platform.zarrFolder(path))
}

/** The disk of the Hugging Face cache. */
export function cacheDisk(): ReturnType<typeof local.cacheDisk> {
  return permitted(platform.cacheDisk())
}

/** The environment's variables, and the user's folder; each is asked for when it is read. */
export function environment(): ReturnType<typeof local.environment> {
  return {
    variables: new Proxy({}, { get: (_, name) => lookUp.variable(String(name)) }),
    get home() {
      return lookUp.home()
    },
  }
}

/** The `GPU` object, or undefined where Deno was started without WebGPU. */
export async function gpu(): Promise<GPU | undefined> {
  return globalThis.navigator?.gpu
}

/** Bytes are inflated by the runtime's `DecompressionStream`. */
export function inflateAtOnce(): undefined {}

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
