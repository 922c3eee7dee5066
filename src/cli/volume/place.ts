/** @file Where a picture lies in space, by its file. */
import { AdzusError } from '../../errors.ts'
import { openVolumes } from '../../index.ts'
import type { ImagePlace } from '../../output/output.ts'

/** Nothing where the file does not tell, or is no slice of its own. */
export async function placeOf(contents: Uint8Array): Promise<ImagePlace | undefined> {
  try {
    const [{ size, spacing, affine, origin }, ...others] = await openVolumes([contents])
    return others.length === 0 ? { size, spacing, affine, origin } : undefined
  } catch (error) {
    if (error instanceof AdzusError) return undefined
    throw error
  }
}
