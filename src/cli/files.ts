/**
 * @file Writing results so that nobody ever sees half of one: to a temporary name beside the target, then rename.
 */
import { access, constants, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AdzusError } from '../errors.ts'

/** Writes a file atomically, making its folder. On failure nothing is left behind. */
export async function writeAtomically(path: string, data: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(temporary, data)
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    throw unwritable(path, cause)
  }
}

/** Fails unless files can be made in that folder. */
export async function assertWritable(folder: string): Promise<void> {
  await access(folder, constants.W_OK | constants.X_OK).catch((cause) => {
    throw unwritable(folder, cause)
  })
}

function unwritable(path: string, cause: unknown): AdzusError {
  return new AdzusError(
    {
      what: 'write',
      where: path,
      expected: 'a folder that can be written to',
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'Choose another --output.',
    },
    { cause },
  )
}
