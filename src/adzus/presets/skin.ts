/**
 * @file Lesions in dermoscopy. No single way was better than the choice among many (docs/masks.md).
 */
import type { Preset } from './preset.ts'

export const skin: Preset = {
  name: 'skin',
  about: 'a lesion in dermoscopy: the choice among many, never as many objects',
  options: { objects: 'none' },
}
