/**
 * @file Pictures as volumes of one slice: `NAME.labels.nii.gz`, `NAME.mask.nii.gz`, `NAME.seg.dcm`.
 * What a DICOM or NIfTI file tells of their place is kept; of others the spacing is.
 */
import type { FinishedImage, ImageOutput } from './output.ts'
import { dicomSeg as encodeSeg, hasSegMark } from './volume/dicom-seg.ts'
import { hasNiftiMark, niftiLabels, niftiMask } from './volume/nifti.ts'
import type { VoxelResult } from './volume/output.ts'

export const nifti: ImageOutput = {
  per: 'image',
  name: 'nifti',
  suffix: '.labels.nii.gz',
  help: 'the label map as NIfTI, in the space of its source',
  needsPlace: true,
  isOurs: hasNiftiMark,
  encode: (image) => niftiLabels(asVolume(image), image.run.version),
}

export const niftiMasks: ImageOutput = {
  per: 'image',
  name: 'nifti-mask',
  suffix: '.mask.nii.gz',
  help: 'the foreground as NIfTI, 0 or 1',
  needsPlace: true,
  isOurs: hasNiftiMark,
  encode: (image) => niftiMask(asVolume(image), image.run.version),
}

export const dicomSeg: ImageOutput = {
  per: 'image',
  name: 'dicom-seg',
  suffix: '.seg.dcm',
  help: 'the segments as a DICOM segmentation; of DICOM files only',
  needsPlace: true,
  isOurs: hasSegMark,
  encode: (image) => encodeSeg(asVolume(image), image.input, image.run.version),
}

function asVolume({ result, place }: FinishedImage): VoxelResult {
  const { width, height, labels, mask, segments, image } = result
  // A picture that was turned is no slice of its file any more.
  const own = place && place.size[0] === width && place.size[1] === height && place.size[2] === 1 ? place : undefined
  const { x, y } = image.spacing ?? { x: 1, y: 1 }
  return {
    size: [width, height, 1],
    spacing: own?.spacing ?? [x, y, 1],
    affine: own?.affine,
    origin: own?.origin ?? { format: 'other' },
    labels: Uint16Array.from(labels),
    mask,
    segments,
  }
}
