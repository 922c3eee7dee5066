/**
 * @file NIfTI-1 and NIfTI-2 in one file, also compressed by gzip. What a gzip file holds shows when
 * it is opened.
 */
import { loadPart } from '../../../part.ts'
import type { Format } from '../../format.ts'

const load = () => loadPart('NIfTI reader', () => import('./open.ts'))

export const nifti: Format = {
  name: 'NIfTI',
  extensions: ['nii', 'nii.gz'],
  recognises: (head) => isText(head, 344, 'n+1\0') || isText(head, 4, 'n+2\0') || (head[0] === 0x1f && head[1] === 0x8b),
  open: async (source, where) => (await load()).openSlices(source, where),
  openVolume: async (source, where) => (await load()).openNifti(source, where),
}

const isText = (bytes: Uint8Array, at: number, text: string) =>
  Array.from(text).every((letter, i) => bytes[at + i] === letter.charCodeAt(0))
