/** @file What an evaluation prints: a table of mean Dice for each block, and what failed. */
import { BLOCK_TEXTS, BLOCKS } from '../../evaluation/blocks.ts'
import type { Interval } from '../../evaluation/statistics.ts'
import type { MethodSummary, Summary } from '../../evaluation/summary.ts'
import { printable } from '../../messages.ts'
import { table } from '../format.ts'

/** Mean Dice with its 95 % interval, sets by methods, each block by itself. */
export function summaryTables(summary: Summary): string {
  const { sets, overall, meanOfSets, clicks } = summary
  const rows = [...Object.entries(sets), ...(Object.keys(sets).length > 1 ? [['all', overall] as const] : [])]
  const parts = BLOCKS.flatMap((block) => {
    const methods = Object.keys(overall).filter((name) => overall[name].block === block)
    if (methods.length === 0) return []
    const { title, scope } = BLOCK_TEXTS[block]
    const cells = rows.map(([set, of]) => [set, `${pictures(of)}`, ...methods.map((name) => cell(of[name]?.dice))])
    if (Object.keys(sets).length > 1) cells.push(['mean of the sets', '', ...methods.map((name) => cell(meanOfSets[name]))])
    const lines = block === 'ablation' ? transposed(['SET', 'PICTURES', ...methods], cells) : [['SET', 'PICTURES', ...methods], ...cells]
    return [`${title}: mean Dice [95 % interval]\n${scope}\n\n${printableTable(lines)}`]
  })
  const counted = [...Object.entries(clicks.sets), ...(clicks.overall && rows.length > 1 ? [['all', clicks.overall] as const] : [])]
  if (counted.length > 0) {
    const lines = counted.map(([set, { noc85, noc90, most }]) => [set, clicksOf(noc85), clicksOf(noc90), `${most}`])
    parts.push(
      `Clicks until the IoU is reached (all clicks where it is not)\n\n${printableTable([['SET', 'NoC@0.85', 'NoC@0.90', 'AT MOST'], ...lines])}`,
    )
  }
  return parts.join('\n\n')
}

/** Which pictures have no figures, and why; nothing where all have. */
export function failureList({ failures, sets }: Summary, pictureCount: number): string | undefined {
  if (failures.length === 0 && Object.keys(sets).length > 0) return undefined
  const failed = new Set(failures.map(({ set, image }) => `${set}/${image}`)).size
  const lines = failures.map(
    ({ set, image, method, error }) => `  ${printable(`${set}/${image}${method === undefined ? '' : ` (${method})`}`)}: ${error}`,
  )
  return `${failed} of ${pictureCount} pictures failed:\n${lines.join('\n')}`
}

function pictures(methods: Record<string, MethodSummary>): number {
  return Math.max(...Object.values(methods).map(({ n }) => n))
}

function cell(dice: Interval | undefined): string {
  // A single picture says nothing of others.
  if (dice?.n === 1) return dice.mean.toFixed(3)
  return dice ? `${dice.mean.toFixed(3)} [${dice.low.toFixed(2)}, ${dice.high.toFixed(2)}]` : '–'
}

function clicksOf({ mean, low, high }: Interval): string {
  return `${mean.toFixed(1)} [${low.toFixed(1)}, ${high.toFixed(1)}]`
}

/** Many methods are read more easily one below the other. */
function transposed(head: string[], rows: string[][]): string[][] {
  return head.map((name, i) => [i === 0 ? 'METHOD' : name, ...rows.map((row) => row[i])])
}

function printableTable(lines: readonly (readonly string[])[]): string {
  return table(lines.map((line) => line.map(printable)))
}
