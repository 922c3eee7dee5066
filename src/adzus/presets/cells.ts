/** @file A stained cell that fills much of the picture, such as a white blood cell. */
import type { Preset } from './preset.ts'

export const cells: Preset = {
  name: 'cells',
  about: 'one stained cell, such as a white blood cell: the chain at σ 1, its outline cut along colours',
  options: { objects: 'none' },
  settled: { sigma: 1, centrality: false, cut: true, parts: 1, fillHoles: true },
}
