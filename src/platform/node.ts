/**
 * @file Node: WebGPU is Dawn, from the optional npm package `webgpu`; weights are folders.
 */
export { type AppCache, appCache } from './app-cache.ts'
export { cacheDisk, environment } from './cache-disk.ts'
export {
  embeddedModel,
  jpegModule,
  neighbours,
  openAlone,
  openDirectory,
  openFile,
  packageRoot,
  pathKind,
  sha256,
  totalMemory,
} from './directory.ts'

// Dawn's instance must stay reachable as long as any of its objects is used.
let instance: GPU | undefined

/** The `GPU` object, or undefined where the package is not installed or has no binary for this machine. */
export async function gpu(): Promise<GPU | undefined> {
  if (!instance) {
    const dawn = await import('webgpu').catch(() => undefined)
    instance = dawn?.create([])
  }
  return instance
}
