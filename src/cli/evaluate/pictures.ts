/** @file The pictures of a report, read again. */
import type { Podium, Shown } from '../../evaluation/podium.ts'
import type { ReportPicture, SetPictures } from '../../evaluation/report/pictures.ts'
import { thumbnail } from '../../evaluation/thumbnail.ts'
import { type Display, decodeImage } from '../../index.ts'
import { readPicture } from '../read.ts'
import type { Item } from './sets.ts'

/** By sets; a picture that cannot be read any more is shown by its outlines alone. */
export async function reportPictures({ sets }: Podium, items: readonly Item[], display: Display): Promise<Map<string, SetPictures>> {
  const pictures = new Map<string, SetPictures>()
  for (const [set, { worst, best }] of sets) {
    const show = async (list: readonly Shown[]) => {
      const shown: ReportPicture[] = []
      for (const entry of list) {
        const path = items.find((item) => item.set === set && item.image === entry.image)?.imagePath
        shown.push({ ...entry, source: path === undefined ? undefined : await small(path, display).catch(() => undefined) })
      }
      return shown
    }
    pictures.set(set, { worst: await show(worst), best: await show(best) })
  }
  return pictures
}

async function small(path: string, display: Display): Promise<string> {
  return thumbnail(await decodeImage(await readPicture(path, path), path, display))
}
