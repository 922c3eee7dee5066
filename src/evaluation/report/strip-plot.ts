/**
 * @file A strip plot: a dot for each picture's Dice, one line a method, with the mean and its
 * interval.
 */
import type { Case } from '../case.ts'
import type { MethodSummary } from '../summary.ts'
import { escaped } from './html.ts'

const NAMES = 150
const WIDTH = 420
const LINE = 22
const TOP = 6
const TICKS = [0, 0.25, 0.5, 0.75, 1]

/** @param caption what the plot shows, for those who do not see it */
export function stripPlot(
  caption: string,
  methods: readonly string[],
  cases: readonly Case[],
  summaries: Record<string, MethodSummary>,
): string {
  const height = TOP + methods.length * LINE + 22
  const x = (dice: number) => round(NAMES + dice * WIDTH)
  const bottom = TOP + methods.length * LINE
  const grid = TICKS.map(
    (tick) => `<path class="grid" d="M${x(tick)} ${TOP}V${bottom}"/><text x="${x(tick)}" y="${bottom + 15}" class="tick">${tick}</text>`,
  )
  const lines = methods.map((method, i) => {
    const middle = TOP + (i + 0.5) * LINE
    const dots = cases
      .filter((c) => c.method === method)
      .map((c, n) => {
        const title = `${c.image}: ${c.figures.dice.toFixed(3)}`
        return `<circle cx="${x(c.figures.dice)}" cy="${round(middle + spread(n))}" r="2"><title>${escaped(title)}</title></circle>`
      })
    const { dice } = summaries[method]
    const mean = dice
      ? `<path class="interval" d="M${x(dice.low)} ${middle}H${x(dice.high)}"/><path class="mean" d="M${x(dice.mean)} ${middle - 8}V${middle + 8}"/>`
      : ''
    return `<text x="${NAMES - 8}" y="${middle + 4}" class="name">${escaped(shortened(method))}</text>${dots.join('')}${mean}`
  })
  return `<svg class="strip" viewBox="0 0 ${NAMES + WIDTH + 12} ${height}" role="img" aria-label="${escaped(caption)}">${grid.join('')}${lines.join('\n')}</svg>`
}

/** So that dots of equal figures are seen side by side: the golden ratio spreads them evenly. */
function spread(n: number): number {
  return (((n * 0.618034) % 1) - 0.5) * 12
}

function shortened(name: string): string {
  return name.length <= 24 ? name : `${name.slice(0, 23)}…`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
