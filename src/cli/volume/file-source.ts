/** @file Files that are open only while they are read: a series may have thousands. */
import { openFile } from '#platform'
import type { ByteSource } from '../../source.ts'

/**
 * A file by its path.
 * @throws AdzusError where it cannot be opened
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const { name, size, identity, close } = await openFile(path)
  await close?.()
  return {
    name,
    size,
    identity,
    async read(offset, length) {
      const file = await openFile(path)
      try {
        return await file.read(offset, length)
      } finally {
        await file.close?.()
      }
    },
  }
}
