/** @file Everything that reads files, names and options that somebody else made. */
import { random } from '../support/random.ts'
import { configurations } from './readers/configurations.ts'
import { hub } from './readers/hub.ts'
import { models } from './readers/models.ts'
import { options } from './readers/options.ts'
import { pictures } from './readers/pictures.ts'
import type { Reader } from './readers/reader.ts'
import { tiffs } from './readers/tiff.ts'
import { volumes } from './readers/volumes.ts'
import { weights } from './readers/weights.ts'

/** Every reader by its name. */
export const READERS: Readonly<Record<string, Reader>> = {
  ...pictures,
  ...volumes,
  ...tiffs,
  ...weights,
  ...configurations,
  ...models,
  ...hub,
  ...options,
}

/** Damaged input number `index` of a reader: the same for the same seed, always. */
export function inputOf(name: string, seeds: readonly Uint8Array[], seed: number, index: number): Uint8Array {
  let mixed = seed
  for (const letter of `${name} ${index}`) mixed = Math.imul(mixed ^ letter.codePointAt(0)!, 0x9e3779b1) >>> 0
  const chance = random(mixed)
  return READERS[name].mutate(chance.pick(seeds).slice(), chance, chance.pick(seeds))
}
