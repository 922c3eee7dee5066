/** @file The embedded model with other defaults in its `adzus.json`. */
import type { Files } from '../../src/index.ts'
import { embeddedModel, openDirectory } from '../../src/platform/directory.ts'

export async function embeddedWith(fields: object): Promise<Files> {
  const files = await openDirectory(embeddedModel())
  const text = async (name: string) => {
    const own = await files.text(name)
    return name === 'adzus.json' ? JSON.stringify({ ...JSON.parse(own), ...fields }) : own
  }
  return { ...files, text }
}

/**
 * As if its text encoder knew words: what follows from `text` can be tested, not what is found.
 */
export const modelWithWords = () => embeddedWith({ words: true })
