/**
 * @file The presets that there are. A new one is a file beside this one, and its name in this list.
 */
import { valueText } from '../../arguments.ts'
import { check } from '../../errors.ts'
import { nearest } from '../../nearest.ts'
import { cells } from './cells.ts'
import { cxrInfection } from './cxr-infection.ts'
import { cxrLungs } from './cxr-lungs.ts'
import { nuclei } from './nuclei.ts'
import type { Preset } from './preset.ts'
import { skin } from './skin.ts'

/** All presets. */
export const presets: readonly Preset[] = [skin, cxrLungs, cxrInfection, cells, nuclei]

/**
 * The preset of a name.
 * @throws AdzusError where none has it
 * @example
 * const { options } = presetNamed('nuclei')
 */
export function presetNamed(name: string): Preset {
  const found = presets.find((preset) => preset.name === name)
  check(found !== undefined, () => {
    const known = presets.map((preset) => preset.name)
    const similar = nearest(name, known)
    const hint = similar ? `Did you mean ${similar}?` : 'See adzus presets.'
    return { what: 'options', where: 'preset', expected: known.join(', '), got: valueText(name), hint }
  })
  return found
}
