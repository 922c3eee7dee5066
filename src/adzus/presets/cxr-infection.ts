/** @file Infected areas in a chest X-ray: small ones, so a small σ. */
import type { Preset } from './preset.ts'

export const cxrInfection: Preset = {
  name: 'cxr-infection',
  about: 'infected areas in a chest X-ray: the chain at σ 0.2',
  options: { objects: 'none' },
  settled: { sigma: 0.2, centrality: false, cut: false },
}
