/** @file PNG. */
import { loadPart } from '../../../part.ts'
import type { Format } from '../../format.ts'
import { SIGNATURE } from './signature.ts'

export const png: Format = {
  name: 'PNG',
  extensions: ['png', 'apng'],
  recognises: (head) => SIGNATURE.every((byte, i) => head[i] === byte),
  open: async (source, where) => {
    const { openPng } = await loadPart('PNG decoder', () => import('./decode.ts'))
    return openPng(source, where)
  },
}
