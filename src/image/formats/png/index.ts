/** @file PNG. */
import type { Format } from '../../format.ts'
import { isPng } from './chunks.ts'

export const png: Format = {
  name: 'PNG',
  extensions: ['png', 'apng'],
  recognises: isPng,
  open: async (source, where) => (await import('./decode.ts')).openPng(source, where),
}
