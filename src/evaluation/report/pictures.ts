/** @file The worst and the best pictures of a set, with the outlines of truth and result. */
import { thumbnailSize } from '../outline.ts'
import type { Shown } from '../podium.ts'
import { escaped } from './html.ts'

export interface ReportPicture extends Shown {
  /** A data URL; nothing where only masks are known. */
  source?: string
}

export interface SetPictures {
  worst: ReportPicture[]
  best: ReportPicture[]
}

/** Of a set with few pictures none is shown twice. */
export function pictureRow({ worst, best }: SetPictures): string {
  const names = new Set(worst.map(({ image }) => image))
  const others = best.filter(({ image }) => !names.has(image))
  const figures = [...worst.map((p) => figure('lowest', p)), ...others.map((p) => figure('highest', p))]
  return `<div class="pictures">${figures.join('\n')}</div>`
}

function figure(kind: string, { image, method, dice, width, height, truth, result, source }: ReportPicture): string {
  const [w, h] = thumbnailSize(width, height)
  const path = (name: string, d: string) => `<path class="${name} halo" d="${d}"/><path class="${name}" d="${d}"/>`
  const picture =
    source === undefined ? `<rect width="${w}" height="${h}" class="blank"/>` : `<image href="${source}" width="${w}" height="${h}"/>`
  const title = `${image}: outlines of the true mask and of ${method}, Dice ${dice.toFixed(3)}`
  return `<figure><svg viewBox="0 0 ${w} ${h}" role="img" aria-label="${escaped(title)}">${picture}${path('truth', truth)}${path('result', result)}</svg>
<figcaption>${kind}: ${escaped(image)}, Dice ${dice.toFixed(3)}</figcaption></figure>`
}
