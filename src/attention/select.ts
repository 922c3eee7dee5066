/**
 * @file Which attention layers and heads count: all of a kind, or those of some resolutions and
 * names.
 */
import { AdzusError } from '../errors.ts'
import type { Grid } from '../tensor/index.ts'
import type { AttentionLayer } from '../unet/taps.ts'

/** Entries of a list in a message, and characters of one. */
const MOST_LISTED = 20
const MOST_TEXT = 100

export interface Selection {
  resolutions: number[] | null
  layers: string[] | null
  heads: number[] | null
}

/** What names a resolution: the longer side in cells. */
export const sideOf = ({ h, w }: Grid) => Math.max(h, w)

/** The layers of one kind that a selection leaves; fails where it leaves none. */
export function select(
  all: readonly AttentionLayer[],
  kind: AttentionLayer['kind'],
  { resolutions, layers, heads }: Selection,
): AttentionLayer[] {
  const ofKind = all.filter((l) => l.kind === kind)
  const unknown = layers?.filter((text) => !ofKind.some((l) => l.name.includes(text)))
  if (unknown?.length)
    throw nothingSelected(
      'layers',
      unknown,
      ofKind.map((l) => l.name),
    )
  const sides = [...new Set(ofKind.map((l) => sideOf(l.grid)))]
  const missing = resolutions?.filter((r) => !sides.includes(r))
  if (missing?.length) throw nothingSelected('resolutions', missing, sides)
  const chosen = ofKind.filter(
    (l) => (!resolutions || resolutions.includes(sideOf(l.grid))) && (!layers || layers.some((text) => l.name.includes(text))),
  )
  if (chosen.length === 0)
    throw nothingSelected(
      'layers and resolutions',
      [...(layers ?? []), ...(resolutions ?? [])],
      ofKind.map((l) => `${l.name} (${sideOf(l.grid)})`),
    )
  const most = Math.min(...chosen.map((l) => l.heads))
  const beyond = heads?.filter((h) => !Number.isInteger(h) || h < 0 || h >= most)
  if (beyond?.length)
    throw nothingSelected(
      'heads',
      beyond,
      Array.from({ length: most }, (_, i) => i),
    )
  return chosen
}

/** An error about a choice that fits nothing. */
function nothingSelected(option: string, wanted: readonly (string | number)[], available: readonly (string | number)[]): AdzusError {
  return new AdzusError({ what: 'options', where: option, expected: `among ${listed(available)}`, got: listed(wanted) })
}

/** The first entries of a list. */
export function listed(entries: readonly (string | number)[]): string {
  const more = entries.length > MOST_LISTED ? ` and ${entries.length - MOST_LISTED} more` : ''
  const texts = entries.slice(0, MOST_LISTED).map((entry) => `${entry}`.slice(0, MOST_TEXT))
  return `${texts.join(', ')}${more}`
}
