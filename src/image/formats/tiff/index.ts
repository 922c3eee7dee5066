/** @file TIFF, BigTIFF and what is made of them: OME-TIFF, ImageJ's stacks, slides. */
import { loadPart } from '../../../part.ts'
import type { Format } from '../../format.ts'

/** Byte order and version: of TIFF and BigTIFF, of either order. */
const MARKS = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+']

export const tiff: Format = {
  name: 'TIFF',
  extensions: ['tif', 'tiff', 'btf', 'tf2', 'tf8', 'svs', 'ndpi', 'bif'],
  recognises: (head) => MARKS.includes(String.fromCharCode(...head.subarray(0, 4))),
  open: async (source, where) => {
    const { openTiff } = await loadPart('TIFF reader', () => import('./images.ts'))
    const { plans, image } = await openTiff(source, where)
    return Promise.all(plans.images.map(image))
  },
  openVolume: async (source, where) => {
    const { openTiffVolume } = await loadPart('TIFF reader', () => import('./volume.ts'))
    return openTiffVolume(source, where)
  },
}
