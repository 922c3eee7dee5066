/** @file The embedded model as if its text encoder knew words: what follows from `text` can be tested, not what is found. */
import type { Files } from '../../src/index.ts'
import { embeddedModel, openDirectory } from '../../src/platform/directory.ts'

/** The embedded model without the line of its `adzus.json` that refuses words. */
export async function modelWithWords(): Promise<Files> {
  const files = await openDirectory(embeddedModel())
  const text = async (name: string) => {
    const own = await files.text(name)
    return name === 'adzus.json' ? JSON.stringify({ ...JSON.parse(own), words: true }) : own
  }
  return { ...files, text }
}
