/** @file WebP. */
import { loadPart } from '../../../part.ts'
import type { Format } from '../../format.ts'

export const webp: Format = {
  name: 'WebP',
  extensions: ['webp'],
  recognises: (head) => String.fromCharCode(...head.subarray(0, 4), ...head.subarray(8, 12)) === 'RIFFWEBP',
  open: async (source, where) => {
    const { openWebp } = await loadPart('WebP decoder', () => import('./decode.ts'))
    return openWebp(source, where)
  },
}
