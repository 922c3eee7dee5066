/**
 * @file `NAME.rois.zip`: the shapes as ImageJ's ROI Manager opens and saves them, a zip archive of
 * a file for each.
 */
import type { ZipOptions } from 'fflate'
import { AdzusError } from '../errors.ts'
import { loadPart } from '../part.ts'
import { hasZipMark, software, ZIP_FIELD } from './mark.ts'
import type { ImageOutput } from './output.ts'
import { encodeRoi } from './roi-file.ts'
import { nameOf, shapesOf } from './shapes.ts'

/** Files that an archive may have without the extensions of zip64. */
const MOST_FILES = 2 ** 16 - 1
/** Files of so many bytes are worth compressing. */
const WORTH = 2048
/** Archives have the time of day; the same result is to give the same bytes. */
const TIME = new Date(1980, 0, 1)

export const roi: ImageOutput = {
  per: 'image',
  name: 'roi',
  suffix: '.rois.zip',
  help: 'outlines of foreground, segments and, where many are seen, objects for ImageJ’s ROI Manager',
  isOurs: hasZipMark,
  encode: async ({ name, result, run }) => {
    const shapes = shapesOf(result)
    if (shapes.length > MOST_FILES)
      throw new AdzusError({
        what: 'ROI archive',
        where: name,
        expected: `at most ${MOST_FILES} outlines, as a zip archive holds`,
        got: `${shapes.length}`,
        hint: 'Leave out small objects with a larger minimal size.',
      })
    const { zipSync } = await loadPart('zip (fflate)', () => import('fflate'))
    const extra = { [ZIP_FIELD]: new TextEncoder().encode(software(run.version)) }
    const entries = shapes.map((shape): [string, [Uint8Array, ZipOptions]] => {
      const bytes = encodeRoi(shape, nameOf(shape))
      return [`${nameOf(shape)}.roi`, [bytes, { mtime: TIME, extra, level: bytes.length < WORTH ? 0 : 6 }]]
    })
    return zipSync(Object.fromEntries(entries))
  },
}
