/** @file A checkpoint of parts: with another VAE, or with what it lacks from a whole one. */
import { check } from '../errors.ts'
import type { UrlLike } from '../url.ts'
import { FAMILY_NAMES, type Family } from './family.ts'
import { exists, type Files } from './files.ts'
import { familyOf } from './inspect.ts'
import { mixFiles, partsOf } from './mix.ts'
import type { CheckpointOptions, OneOptions } from './open.ts'

type Place = string | UrlLike | Files
type OpenOne = (where: Place, options: OneOptions, family?: Family) => Promise<Files>

/** What a checkpoint of its own is taken for where there is a base. */
const PARTS = ['unet', 'vae', 'text_encoder', 'text_encoder_2', 'tokenizer', 'tokenizer_2']

/**
 * A checkpoint with the VAE of another, or with the parts that it lacks from a whole one.
 * @param openOne opens each of them
 */
export async function openCombined(where: Place, options: CheckpointOptions, openOne: OpenOne): Promise<Files> {
  const { vae, base } = options
  const rest = base === undefined ? undefined : await openOne(base, options)
  const second = rest !== undefined && (await partsOf(rest, ['text_encoder_2'])).length > 0
  const own = await openOne(where, { ...options, partial: rest !== undefined, second })
  if (rest) await checkFamilies(own, rest)
  const whole = rest ? mixFiles([{ files: own, parts: PARTS }], rest) : own
  const other = vae === undefined ? undefined : await withVae(await openOne(vae, { ...options, partial: true }, await familyOf(whole)))
  if (rest || other) await checkUsed(own, other ? ['vae'] : [], 'model')
  if (rest) await checkUsed(rest, [...(await partsOf(own, PARTS)), ...(other ? ['vae'] : [])], 'base')
  return other ? mixFiles([{ files: other, parts: ['vae'] }], whole) : whole
}

/**
 * Refuses a checkpoint of which nothing is used: it has no part besides those that are taken from
 * elsewhere.
 */
async function checkUsed(files: Files, elsewhere: readonly string[], option: 'model' | 'base'): Promise<void> {
  const parts = await partsOf(files, PARTS)
  const some = parts.length > 0 ? `${parts.join(', ')} alone, which others give` : 'none'
  check(
    parts.some((part) => !elsewhere.includes(part)),
    () => ({
      what: option === 'base' ? 'model: base' : 'model',
      where: files.root,
      expected: `a part that is used (${PARTS.join(', ')})`,
      got: some,
    }),
  )
}

async function withVae(files: Files): Promise<Files> {
  check(await exists(files, 'vae/config.json'), () => ({
    what: 'model: VAE',
    where: files.root,
    expected: 'a VAE, or a checkpoint with one',
    got: 'neither',
  }))
  return files
}

async function checkFamilies(own: Files, base: Files): Promise<void> {
  const [a, b] = [await familyOf(own), await familyOf(base)]
  check(a === undefined || b === undefined || a === b, () => ({
    what: 'model: base',
    where: base.root,
    expected: `a checkpoint of ${FAMILY_NAMES[a!]}, as ${own.root}`,
    got: FAMILY_NAMES[b!],
  }))
}
