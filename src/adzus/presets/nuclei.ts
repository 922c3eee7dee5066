/** @file Many nuclei, in fluorescence or stained. */
import type { Preset } from './preset.ts'

export const nuclei: Preset = {
  name: 'nuclei',
  about: 'many nuclei, each by itself',
  options: { objects: 'many' },
}
