/** @file JPEG. */
import type { Format } from '../../format.ts'
import { isJpeg } from './segments.ts'

export const jpeg: Format = {
  name: 'JPEG',
  extensions: ['jpg', 'jpeg', 'jpe', 'jfif', 'jfi', 'jif', 'pjpeg', 'pjp'],
  recognises: isJpeg,
  open: async (source, where) => (await import('./decode.ts')).openJpeg(source, where),
}
