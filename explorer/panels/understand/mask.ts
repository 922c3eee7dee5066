/** @file Stage mask: the foreground, and how it was chosen. */
import { h } from '../../dom.ts'
import type { Result } from '../../engine/calls.ts'
import { text } from '../../text/index.ts'
import type { Chapter } from './chapter.ts'
import { canvasOf, copyOf, figure } from './drawing.ts'
import { percent } from './numbers.ts'

const words = text.understand.mask
/** Red, green and blue. */
const OUTLINE = [255, 214, 10] as const

export const mask: Chapter = async ({ result, small }) => {
  const inside = result.mask.reduce((sum, value) => sum + Number(value > 0), 0)
  const share = percent(inside / result.mask.length)
  const over = canvasOf(small.width, small.height)
  over.getContext('2d')!.drawImage(small, 0, 0)
  darkenOutside(over, result)
  const facts = words.facts(share, typeof result.parameters.foreground === 'string' ? result.parameters.foreground : undefined)
  return {
    thumbnail: copyOf(over),
    facts,
    element: h('div', {}, figure(over, words.caption, facts), ...choiceOf(result)),
  }
}

/** Leaves only the mask bright, with a yellow outline. */
function darkenOutside(canvas: HTMLCanvasElement, { mask: of, width, height }: Result): void {
  const brush = canvas.getContext('2d')!
  const pixels = brush.getImageData(0, 0, canvas.width, canvas.height)
  const isInside = (x: number, y: number) => {
    if (x < 0 || y < 0 || x >= canvas.width || y >= canvas.height) return false
    return of[Math.floor(((y + 0.5) * height) / canvas.height) * width + Math.floor(((x + 0.5) * width) / canvas.width)] > 0
  }
  for (let y = 0, i = 0; y < canvas.height; y++)
    for (let x = 0; x < canvas.width; x++, i += 4) {
      if (!isInside(x, y)) for (let c = 0; c < 3; c++) pixels.data[i + c] *= 0.25
      else if (!(isInside(x - 1, y) && isInside(x + 1, y) && isInside(x, y - 1) && isInside(x, y + 1))) pixels.data.set(OUTLINE, i)
    }
  brush.putImageData(pixels, 0, 0)
}

/** How the mask came to be chosen, as the library tells it. */
function choiceOf({ scores, objects }: Result): Node[] {
  if (objects) return [h('p', {}, words.objects(objects.count))]
  if (!scores) return [h('p', {}, words.byRule)]
  const { won, candidates, stability, contrast, score } = scores
  const rows: [string, string][] = [
    [words.rows.won, `${won} (${words.families[won.split(' ')[0].split('-')[0] as keyof typeof words.families] ?? words.families.other})`],
    [words.rows.candidates, `${candidates}`],
    [words.rows.stability, stability.toFixed(3)],
    [words.rows.contrast, contrast.toFixed(3)],
    [words.rows.score, score.toFixed(3)],
  ]
  return [h('dl', { className: 'choice' }, ...rows.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))]
}
