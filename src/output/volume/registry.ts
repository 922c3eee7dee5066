/**
 * @file The outputs of volumes. They are called as those of pictures are: whoever saves both
 * chooses once, and what only pictures have (tables, PNG label maps) volumes are without.
 */
import { overlay as paint } from '../../image/overlay.ts'
import { encodePng } from '../../image/png-writer.ts'
import { hasJsonMark, hasPngMark, software } from '../mark.ts'
import type { Output } from '../output.ts'
import { overlay } from '../overlay.ts'
import { defaultOutputs } from '../registry.ts'
import { dicomSeg, nifti, niftiMasks } from '../space.ts'
import { dicomSeg as encodeSeg } from './dicom-seg.ts'
import { segSource } from './dicom-source.ts'
import { niftiLabels, niftiMask } from './nifti.ts'
import type { VolumeOutput, VolumeRecordOutput } from './output.ts'

const named = ({ name, suffix, help, isOurs }: typeof nifti) => ({ per: 'volume' as const, name, suffix, help, isOurs })

/** The record comes last. */
const json: VolumeRecordOutput = {
  per: 'record',
  name: 'json',
  suffix: '.json',
  help: 'how it was made, and each segment with its measures',
  isOurs: hasJsonMark,
  encode: (record) => new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`),
}

const files: readonly VolumeOutput[] = [
  { ...named(nifti), encode: ({ result, run }) => niftiLabels(result, run.version) },
  { ...named(niftiMasks), encode: ({ result, run }) => niftiMask(result, run.version) },
  {
    ...named(dicomSeg),
    admit: async (volume, name) => void (await segSource(volume, name)),
    encode: ({ result, run, name }) => encodeSeg(result, name, run.version),
  },
  {
    ...named(overlay),
    isOurs: hasPngMark,
    encode: ({ result, run }) => {
      const { image, labels, mask } = result.preview
      return encodePng(image.width, image.height, paint(image, labels, mask), { software: software(run.version) })
    },
  },
]

/** All of them. */
export const volumeOutputs: readonly (VolumeOutput | VolumeRecordOutput)[] = [...files, json]
/** What is saved where nothing is chosen. */
export const defaultVolumeOutputs = volumeOutputs.filter(({ name }) => name !== 'dicom-seg')
/** The output that vouches for the others. */
export const volumeRecordOutput = json

/**
 * What is saved of volumes where these are saved of pictures.
 * @param chosen `defaultOutputs`, where nobody has chosen
 * @example
 * volumeOutputsOf(chooseOutputs(['nifti', 'csv', 'json'])) // nifti and json
 */
export function volumeOutputsOf(chosen: readonly Output[]): readonly (VolumeOutput | VolumeRecordOutput)[] {
  if (chosen === defaultOutputs) return defaultVolumeOutputs
  return volumeOutputs.filter(({ name }) => chosen.some((output) => output.name === name))
}
