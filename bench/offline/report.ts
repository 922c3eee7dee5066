/** @file What a part of the offline run has found, and how all of it reads as Markdown. */
import { digits } from '../measure.ts'

/** A cell of a table: numbers stay numbers in `results.json`. */
export type Cell = string | number

/** A table of a part's findings. */
export interface Table {
  title: string
  headers: readonly string[]
  rows: Cell[][]
}

/** What a part found so far. */
export interface Findings {
  facts: Record<string, Cell>
  tables: Table[]
  /** Checks that a part made; none where it only measures. */
  passed: number
  failed: number
  /** The first of what was wrong, in words. */
  failures: string[]
}

/** How a part ended. */
export type Status = 'passed' | 'failed' | 'timed out' | 'skipped'

/** A part as it is written down. */
export interface PartResult extends Findings {
  part: string
  about: string
  status: Status
  seconds: number
  /** Why it did not pass. */
  reason?: string
}

/** The whole run. */
export interface Results {
  date: string
  seconds: number
  parts: PartResult[]
}

/** A part's findings before it has begun. */
export function noFindings(): Findings {
  return { facts: {}, tables: [], passed: 0, failed: 0, failures: [] }
}

/**
 * The run as Markdown: how every part ended, then what each has found.
 * @example
 * await writeFile('results.md', markdown(results))
 */
export function markdown({ date, seconds, parts }: Results): string {
  const overview = parts.map((p) => [p.part, p.status, p.seconds, checks(p), p.reason ?? ''])
  return [
    `# Results of ${date}`,
    `${parts.length} parts in ${seconds.toFixed(0)} s.`,
    ...tableLines({ title: '', headers: ['part', 'end', 'seconds', 'checks', 'why'], rows: overview }),
    ...parts.filter((p) => p.status !== 'skipped').flatMap(section),
  ]
    .join('\n\n')
    .concat('\n')
}

function checks({ passed, failed }: Findings): string {
  return passed + failed === 0 ? '' : `${passed} passed, ${failed} failed`
}

function section(part: PartResult): string[] {
  const facts = Object.entries(part.facts).map(([name, value]) => `- ${name}: ${show(value)}`)
  const failures = part.failures.map((failure) => `- ${failure}`)
  return [
    `## ${part.part}`,
    part.about,
    ...(facts.length > 0 ? [facts.join('\n')] : []),
    ...part.tables.flatMap(tableLines),
    ...(failures.length > 0 ? ['What was wrong:', failures.join('\n')] : []),
  ]
}

function tableLines({ title, headers, rows }: Table): string[] {
  const line = (cells: readonly Cell[]) => `| ${cells.map((cell) => show(cell).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  const lines = [line(headers), `|${headers.map(() => '---').join('|')}|`, ...rows.map(line)]
  return [...(title === '' ? [] : [title]), lines.join('\n')]
}

function show(cell: Cell): string {
  return typeof cell === 'string' ? cell : Number.isInteger(cell) ? `${cell}` : digits(cell)
}
