/** @file The tables of a report. */
import { BLOCK_TEXTS, type Block } from '../blocks.ts'
import type { Interval } from '../statistics.ts'
import type { ClickSummary, Difference, Failure, MethodSummary, Summary } from '../summary.ts'
import { escaped, tableOf } from './html.ts'

/** Mean Dice, sets by methods of one block. */
export function overviewTable(block: Block, { sets, overall, meanOfSets }: Summary): string {
  const names = Object.keys(overall).filter((name) => overall[name].block === block)
  const caption = `${BLOCK_TEXTS[block].title}: mean Dice`
  const rows = [...Object.entries(sets), ['all pictures', overall] as const]
  // Many methods are read more easily one below the other.
  if (names.length > rows.length)
    return tableOf(
      caption,
      ['method', ...rows.map(([set]) => escaped(set)), 'mean of the sets'],
      names.map((name) => [escaped(name), ...rows.map(([, of]) => interval(of[name]?.dice)), interval(meanOfSets[name])]),
    )
  const cells = rows.map(([set, of]) => [
    escaped(set),
    `${Math.max(...Object.values(of).map(({ n }) => n))}`,
    ...names.map((name) => interval(of[name]?.dice)),
  ])
  cells.push(['mean of the sets', '', ...names.map((name) => interval(meanOfSets[name]))])
  return tableOf(caption, ['set', 'pictures', ...names.map(escaped)], cells)
}

/** All figures of a set's methods. */
export function blockTable(caption: string, names: readonly string[], methods: Record<string, MethodSummary>): string {
  const chosen = names.map((name) => methods[name])
  const { unit } = chosen[0]
  const some = (has: (m: MethodSummary) => unknown) => chosen.some((m) => has(m) !== undefined)
  const classes = [...new Set(chosen.flatMap((m) => Object.keys(m.classes ?? {})))]
  const columns: [head: string, cell: (m: MethodSummary) => string][] = [
    ['pictures', ({ n }) => `${n}`],
    ['Dice', ({ dice }) => interval(dice)],
    ['median', ({ dice }) => dice?.median.toFixed(3) ?? '–'],
    ['IoU', ({ iou }) => interval(iou)],
    ['precision', ({ precision }) => mean(precision)],
    ['recall', ({ recall }) => mean(recall)],
    [`HD95 (${unit})`, ({ hd95 }) => interval(hd95, 1)],
    ['NSD', ({ nsd }) => interval(nsd)],
    ...(some((m) => (m.empty.truth + m.empty.result + m.empty.both > 0 ? true : undefined))
      ? ([
          ['empty truth / result / both', ({ empty }) => `${empty.truth} / ${empty.result} / ${empty.both}`],
          ['Dice without empty', (m) => (m.withoutEmpty ? mean(m.withoutEmpty.dice) : mean(m.dice))],
          [`HD95 without empty (${unit})`, (m) => (m.withoutEmpty ? mean(m.withoutEmpty.hd95, 1) : mean(m.hd95, 1))],
        ] as [string, (m: MethodSummary) => string][])
      : []),
    ...classes.map((name): [string, (m: MethodSummary) => string] => [`Dice of ${escaped(name)}`, (m) => interval(m.classes?.[name])]),
    ...(classes.length > 0 ? ([['mean of classes', (m) => interval(m.meanOfClasses)]] as [string, (m: MethodSummary) => string][]) : []),
    ...(some((m) => m.instances)
      ? ([
          ['objects at IoU 0.5', (m) => interval(m.instances?.ap50)],
          ['mean over 0.5 … 0.95', (m) => interval(m.instances?.ap)],
          ['AJI', (m) => interval(m.instances?.aji)],
        ] as [string, (m: MethodSummary) => string][])
      : []),
    ['ms', ({ milliseconds }) => `${milliseconds}`],
  ]
  return tableOf(
    caption,
    ['method', ...columns.map(([head]) => head)],
    names.map((name) => [escaped(name), ...columns.map(([, cell]) => cell(methods[name]))]),
  )
}

/** Mean Dice of each level of a factor, and how far that is from the run's own. */
export function ablationTable(
  caption: string,
  names: readonly string[],
  methods: Record<string, MethodSummary>,
  differences: readonly Difference[],
): string {
  const parts = names.map((name) => [name.slice(0, name.lastIndexOf(' ')), name.slice(name.lastIndexOf(' ') + 1)])
  const [rules, levels] = [0, 1].map((i) => [...new Set(parts.map((part) => part[i]))])
  const cell = (name: string) => {
    const own = methods[name]
    const difference = differences.find(({ method, block }) => block === 'ablation' && method === name)
    return `${mean(own?.dice)}${difference ? ` (${change(difference)})` : ''}`
  }
  return tableOf(
    `${caption}: mean Dice, and its difference from the parameters of the run`,
    ['level', ...rules.map(escaped)],
    levels.map((level) => [escaped(level), ...rules.map((rule) => cell(`${rule} ${level}`))]),
  )
}

export function clicksTable(set: string, clicks: ClickSummary | undefined): string {
  if (!clicks) return ''
  const { noc85, noc90, most } = clicks
  return tableOf(
    `Clicks until the IoU is reached, ${escaped(set)}; pictures that do not reach it count with ${most}`,
    ['IoU', 'clicks'],
    [
      ['0.85', interval(noc85, 1)],
      ['0.90', interval(noc90, 1)],
    ],
  )
}

export function differencesTable(caption: string, differences: readonly Difference[] | undefined): string {
  // Those of ablations stand in a table of their own.
  const shown = differences?.filter(({ block }) => block !== 'ablation') ?? []
  if (shown.length === 0) return ''
  return tableOf(
    escaped(caption),
    ['method − other', 'pictures', 'difference', 'resamples in favour'],
    shown.map((difference) => [
      `${escaped(difference.method)} − ${escaped(difference.reference)}`,
      `${difference.n}`,
      change(difference),
      difference.share.toFixed(3),
    ]),
  )
}

export function failuresTable(failures: readonly Failure[]): string {
  if (failures.length === 0) return ''
  const rows = failures.map(({ set, image, method, error }) => [
    escaped(`${set}/${image}`),
    escaped(method ?? 'all'),
    `<span>${escaped(error)}</span>`,
  ])
  return `<section><h2>Pictures without figures</h2>${tableOf('They are in no mean', ['picture', 'method', 'why'], rows, 'texts')}</section>`
}

/** Everything that decides the figures. */
export function parametersTable({ model, parameters, machine }: Summary): string {
  const { segmentation, ...own } = parameters
  const all = { model: model ? `${model.path} (SHA-256 ${model.sha256})` : 'none', ...segmentation, ...own, ...machine }
  return tableOf(
    'Parameters',
    ['parameter', 'value'],
    Object.entries(all).map(([name, value]) => [
      escaped(name),
      `<code>${escaped(typeof value === 'string' ? value : JSON.stringify(value))}</code>`,
    ]),
    'texts',
  )
}

function interval(of: Interval | undefined, digits = 3): string {
  if (!of) return '–'
  // A single picture says nothing of others.
  if (of.n === 1) return of.mean.toFixed(digits)
  const less = Math.max(1, digits - 1)
  return `${of.mean.toFixed(digits)} [${of.low.toFixed(less)}, ${of.high.toFixed(less)}]`
}

function mean(of: Interval | undefined, digits = 3): string {
  return of?.mean.toFixed(digits) ?? '–'
}

function change({ n, difference, low, high }: Difference): string {
  return n === 1 ? signed(difference) : `${signed(difference)} [${signed(low)}, ${signed(high)}]`
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
}
