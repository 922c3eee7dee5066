/** @file What Node and Deno have in common: a disk and threads. */
export { wasmPages } from './address-space.ts'
export { type AppCache, appCache } from './app-cache.ts'
export { cacheDisk, environment } from './cache-disk.ts'
export {
  clipTokenizer,
  embeddedModel,
  jpegModule,
  modelPaths,
  neighbours,
  openAlone,
  openDirectory,
  openFile,
  packageRoot,
  pathKind,
  readFileUrl,
  sha256,
  totalMemory,
} from './directory.ts'
export { makeFolder } from './folder.ts'
export { sweepLease, withLease } from './lease.ts'
export { hasEnded, ownerOf, takeAway } from './owned.ts'
export { openRegular, readRegular } from './regular.ts'
export { createFile, place, replaceFile, runs, sweepTemporaries, temporaryBeside, writeBeside } from './temporary.ts'
export { cores, startThread, threadFault } from './threads.ts'
