/** @file The stages of a picture's way, in order. */

export const STAGE_NAMES = [
  'picture',
  'latent',
  'noise',
  'attention',
  'aggregated',
  'anchors',
  'merging',
  'labels',
  'prominence',
  'mask',
] as const
export type StageName = (typeof STAGE_NAMES)[number]

/** The stage that an address names; the first one where it names none. */
export function stageNamed(name: string): StageName {
  return STAGE_NAMES.find((one) => one === name) ?? STAGE_NAMES[0]
}
