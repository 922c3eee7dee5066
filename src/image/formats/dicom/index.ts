/** @file DICOM. */
import { loadPart } from '../../../part.ts'
import type { Format } from '../../format.ts'
import { guessEncoding, hasMark, isDirectory } from './guess.ts'

export const dicom: Format = {
  name: 'DICOM',
  extensions: ['dcm', 'dicom', 'ima'],
  recognises: (head) => !isDirectory(head) && (hasMark(head) || guessEncoding(head) !== undefined),
  open: async (source, where) => {
    const { openDicom } = await loadPart('DICOM reader', () => import('./decode.ts'))
    return openDicom(source, where)
  },
  openVolume: async (source, where) => {
    const { openDicomVolume } = await loadPart('DICOM reader', () => import('./series.ts'))
    return openDicomVolume(source, where)
  },
  openSeries: async (sources, where) => {
    const { openSeries } = await loadPart('DICOM reader', () => import('./series.ts'))
    return openSeries(sources, where)
  },
}
