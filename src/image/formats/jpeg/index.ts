/** @file JPEG. */
import { loadPart } from '../../../part.ts'
import type { Format } from '../../format.ts'

/** The start-of-image marker. */
const START = [0xff, 0xd8]

export const jpeg: Format = {
  name: 'JPEG',
  extensions: ['jpg', 'jpeg', 'jpe', 'jfif', 'jfi', 'jif', 'pjpeg', 'pjp'],
  recognises: (head) => START.every((byte, i) => head[i] === byte),
  open: async (source, where) => {
    const { openJpeg } = await loadPart('JPEG decoder', () => import('./decode.ts'))
    return openJpeg(source, where)
  },
}
