/** @file JPEG. */
import type { Format } from '../../format.ts'

/** The start-of-image marker. */
const START = [0xff, 0xd8]

export const jpeg: Format = {
  name: 'JPEG',
  extensions: ['jpg', 'jpeg', 'jpe', 'jfif', 'jfi', 'jif', 'pjpeg', 'pjp'],
  recognises: (head) => START.every((byte, i) => head[i] === byte),
  open: async (source, where) => (await import('./decode.ts')).openJpeg(source, where),
}
