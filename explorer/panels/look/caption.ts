/** @file What the heat shows, in words. */
import type { Looked, Result } from '../../engine/calls.ts'
import { text } from '../../text/index.ts'
import type { Chosen } from './chosen.ts'

/** The segment that a cell's attention goes to most, or comes from. */
export interface MostShare {
  label: number
  share: number
  /** It is the one in which the cell lies. */
  isOwn: boolean
}

/** Which attention: `layer 5, head 2`. */
export function whoseOf(chosen: Chosen): string {
  const { look } = text
  const { kind, number, self, grid, head, timestep } = chosen
  const layers = kind === 'layer' ? look.layer(number!) : kind === 'resolution' ? look.layersOf(self.layers.length, grid) : look.allTogether
  return [layers, head !== undefined && look.headName(head + 1), timestep !== undefined && look.timestepName(timestep)]
    .filter(Boolean)
    .join(', ')
}

/** The same for words, which no aggregated attention is about. */
export function whoseWords(chosen: Chosen): string {
  return chosen.kind === 'all' ? text.look.layersOf(chosen.cross.layers.length, chosen.crossGrid) : whoseOf(chosen)
}

/** `Layer 5, head 2: where the cell at 120, 80 looks; it gives 34 % to segment 3.` */
export function captionOf(chosen: Chosen, { x, y }: { x: number; y: number }, most: MostShare | undefined): string {
  const { look } = text
  const whose = whoseOf(chosen)
  const given = most ? look.shares[chosen.direction](percent(most.share), most.label, most.isOwn) : ''
  return `${whose[0].toUpperCase()}${whose.slice(1)}: ${look.captions[chosen.direction](x, y)}${given}.`
}

/** The same of a small picture, whose heading says which attention it is. */
export function shortCaption({ x, y }: { x: number; y: number }, direction: 'from' | 'to', most: MostShare | undefined): string {
  const { look } = text
  return `${look.place(x, y)}${most ? look.shares[direction](percent(most.share), most.label, most.isOwn) : ''}`
}

/** A share with two digits that count, never `0 %` of something. */
export function percent(share: number): string {
  const hundred = 100 * share
  if (hundred === 0 || hundred >= 10) return `${Math.round(hundred)}\u00a0%`
  return hundred < 0.01 ? '<\u00a00.01\u00a0%' : `${hundred.toFixed(hundred < 1 ? 2 : 1)}\u00a0%`
}

/** The id of the segment in which a pixel lies; 0 where none is known. */
export function labelAt(result: Result | undefined, { x, y }: { x: number; y: number }, looked: Looked): number {
  return result && result.width === looked.width ? result.labels[Math.floor(y) * result.width + Math.floor(x)] : 0
}
