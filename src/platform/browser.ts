/** @file Browsers: WebGPU is the page's; there are no folders, so weights are handed over as `Files` (see `checkpoint/files.ts`). */
import { AdzusError } from '../errors.ts'

/** The `GPU` object, or undefined in a browser without WebGPU. */
export async function gpu(): Promise<GPU | undefined> {
  return globalThis.navigator?.gpu
}

export async function openDirectory(path: string): Promise<never> {
  throw noFolders(path)
}

export async function openFile(path: string): Promise<never> {
  throw noFolders(path)
}

function noFolders(path: string): AdzusError {
  return new AdzusError({ what: 'model', where: path, expected: 'a `Files` object in a browser', got: 'a path', hint: 'See memoryFiles().' })
}
