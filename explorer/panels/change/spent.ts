/** @file How long the last answers took, as the worker measured it. */
import { fill, h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { text } from '../../text/index.ts'

const words = text.change.spent

export function makeSpent(explorer: Explorer): HTMLElement {
  const line = h('p', { className: 'spent' })
  explorer.watch(['took', 'looked'], ({ took, looked }) => {
    const parts = [
      took.labels !== undefined && words.labels(milliseconds(took.labels)),
      took.mask !== undefined && words.mask(milliseconds(took.mask)),
      looked && words.look(milliseconds(looked.took)),
    ].filter((part) => typeof part === 'string')
    fill(line, ...(parts.length > 0 ? [words.title, ' ', parts.join(', ')] : []))
  })
  return line
}

/** `38 ms`, from a second on `1.2 s`. */
export function milliseconds(duration: number): string {
  return duration < 1000 ? `${Math.round(duration)} ms` : `${(duration / 1000).toFixed(1)} s`
}
