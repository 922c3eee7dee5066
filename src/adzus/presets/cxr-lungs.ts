/**
 * @file Both lungs in a chest X-ray. Large objects, so a large σ; outlines do not follow grey, as
 * ribs would lead them astray.
 */
import type { Preset } from './preset.ts'

export const cxrLungs: Preset = {
  name: 'cxr-lungs',
  about: 'both lungs in a chest X-ray: the chain at σ 1, its two largest parts',
  options: { objects: 'none' },
  settled: { sigma: 1, centrality: true, cut: false, parts: 2, fillHoles: true },
}
