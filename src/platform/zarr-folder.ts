/** @file A folder as the store of a Zarr hierarchy (`image/formats/zarr/store.ts`). */
import { join } from 'node:path'
import { openRegular, readRegular } from './regular.ts'

/** Of a file that is not there: no such file, or a file where a folder would be. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR'])

type Range = { offset: number; length: number } | { suffixLength: number }

/** The files below a folder, by paths that begin with `/`. */
export function zarrFolder(root: string) {
  return {
    name: root,
    /** @param limit bytes that a file may have */
    get: async (path: string, limit: number): Promise<Uint8Array | undefined> => {
      const bytes = await readRegular(join(root, path), limit).catch(absent)
      return bytes && new Uint8Array(bytes)
    },
    getRange: async (path: string, range: Range): Promise<Uint8Array | undefined> => {
      const file = await openRegular(join(root, path)).catch(absent)
      if (!file) return undefined
      const { handle, info } = file
      try {
        const start = 'offset' in range ? range.offset : Math.max(0, info.size - range.suffixLength)
        const end = Math.min(info.size, 'offset' in range ? start + range.length : info.size)
        const bytes = new Uint8Array(Math.max(0, end - start))
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
        return bytes.subarray(0, bytesRead)
      } finally {
        await handle.close()
      }
    },
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (!ABSENT.has(error.code ?? '')) throw error
}
