/** @file PNG. */
import type { Format } from '../../format.ts'
import { SIGNATURE } from './signature.ts'

export const png: Format = {
  name: 'PNG',
  extensions: ['png', 'apng'],
  recognises: (head) => SIGNATURE.every((byte, i) => head[i] === byte),
  open: async (source, where) => (await import('./decode.ts')).openPng(source, where),
}
