/** @file `hubFiles` as the package exports it: the code of the hub is loaded when it is called. */
import type { Files } from '../files.ts'
import type { HubFilesOptions } from './files.ts'

/**
 * The files of a model on the Hugging Face hub; see `hubFiles` in `files.ts`.
 * @throws AdzusError where the model is neither cached nor to be had
 * @example
 * const adzus = await Adzus.load(await hubFiles('owner/name@main'))
 */
export async function hubFiles(text: string, settings: HubFilesOptions = {}): Promise<Files> {
  const hub = await import('../forms.ts')
  return hub.hubFiles(text, settings)
}
