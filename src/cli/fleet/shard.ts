/**
 * @file Which part of the inputs a task has to do: `--shard 2/6`, or what the scheduler that
 * started it says in its environment (`--shard auto`).
 *
 * Schedulers count from 0 or from 1, and some do not tell how many tasks there are; then
 * `ADZUS_SHARDS` has to.
 */
import { UsageError } from '../arguments.ts'

/** One part of the inputs. */
export interface Shard {
  /** From 1. */
  index: number
  count: number
  /** What told so, where nobody typed it. */
  engine?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** How a scheduler tells an array task its place. */
interface Engine {
  name: string
  /**
   * The variable that array tasks have. Others have none, or `undefined`, or 0 where ids begin at
   * 1.
   */
  id: string
  /** The least id: a number, or the variable that holds it. */
  first: number | string
  /** From one id to the next, where that may be more than 1. */
  step?: string
  /** How many there are, or the largest id. */
  count?: string
  last?: string
}

const ENGINES: readonly Engine[] = [
  {
    name: 'Slurm',
    id: 'SLURM_ARRAY_TASK_ID',
    first: 'SLURM_ARRAY_TASK_MIN',
    step: 'SLURM_ARRAY_TASK_STEP',
    count: 'SLURM_ARRAY_TASK_COUNT',
  },
  { name: 'Kubernetes', id: 'JOB_COMPLETION_INDEX', first: 0 },
  { name: 'AWS Batch', id: 'AWS_BATCH_JOB_ARRAY_INDEX', first: 0, count: 'AWS_BATCH_JOB_ARRAY_SIZE' },
  { name: 'SGE', id: 'SGE_TASK_ID', first: 'SGE_TASK_FIRST', step: 'SGE_TASK_STEPSIZE', last: 'SGE_TASK_LAST' },
  { name: 'PBS', id: 'PBS_ARRAY_INDEX', first: 1 },
  { name: 'LSF', id: 'LSB_JOBINDEX', first: 1, step: 'LSB_JOBINDEX_STEP', last: 'LSB_JOBINDEX_END' },
]

/** The variable that says how many tasks there are where the scheduler does not. */
const COUNT = 'ADZUS_SHARDS'
/** More tasks than any array has. */
const MOST = 1_000_000

/**
 * Reads `--shard`.
 * @param text `i/n` with i from 1 to n, or `auto`
 * @throws UsageError for anything else, and where the environment tells no part, or one that cannot
 *   be
 */
export function readShard(text: string, environment: Environment): Shard {
  if (text === 'auto') return told(environment)
  const match = /^(\d{1,7})\/(\d{1,7})$/.exec(text)
  const [index, count] = match ? [Number(match[1]), Number(match[2])] : [0, 0]
  if (index < 1 || index > count || count > MOST)
    throw new UsageError({ what: 'segment', where: '--shard', expected: `I/N with I from 1 to N (at most ${MOST}), or auto`, got: text })
  return { index, count }
}

/** What the environment says. */
function told(environment: Environment): Shard {
  const engine = ENGINES.find(({ id, first }) => isSet(environment[id]) && !(first === 1 && environment[id] === '0'))
  if (!engine)
    throw new UsageError({
      what: 'segment',
      where: '--shard auto',
      expected: `a task of an array of ${list(ENGINES.map(({ name }) => name))}`,
      got: 'none of their variables',
      hint: 'Say --shard I/N.',
    })
  const number = (variable: string) => whole(environment, variable)
  const first = typeof engine.first === 'number' ? engine.first : number(engine.first)
  const step = engine.step !== undefined && isSet(environment[engine.step]) ? number(engine.step) : 1
  const index = (number(engine.id) - first) / Math.max(1, step) + 1
  const count = countOf(engine, environment, first, Math.max(1, step))
  if (!Number.isInteger(index) || index < 1 || index > count)
    throw new UsageError({
      what: 'segment',
      where: '--shard auto',
      expected: `a task from 1 to ${count} (${engine.name})`,
      got: `${engine.id}=${environment[engine.id]}`,
      hint: isSet(environment[COUNT]) ? `${COUNT} has to be the number of tasks.` : undefined,
    })
  return { index, count, engine: engine.name }
}

/** What was set by hand counts before what the scheduler says. */
function countOf({ name, count, last }: Engine, environment: Environment, first: number, step: number): number {
  if (isSet(environment[COUNT])) return whole(environment, COUNT)
  if (count !== undefined && isSet(environment[count])) return whole(environment, count)
  if (last !== undefined && isSet(environment[last])) return Math.floor((whole(environment, last) - first) / step) + 1
  throw new UsageError({
    what: 'segment',
    where: '--shard auto',
    expected: `the number of tasks in ${[count ?? last, COUNT].filter((variable) => variable !== undefined).join(' or ')}`,
    got: 'nothing',
    hint: `${name} does not tell it: set ${COUNT}.`,
  })
}

/** Some schedulers set a word where there is no array. */
function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '' && value !== 'undefined'
}

function whole(environment: Environment, variable: string): number {
  const text = environment[variable] ?? ''
  if (!/^\d{1,7}$/.test(text))
    throw new UsageError({ what: 'segment', where: variable, expected: 'a whole number', got: text || 'nothing' })
  return Number(text)
}

function list(names: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(names)
}

/**
 * The items of a part. All parts together hold each item once, and they weigh nearly the same: the
 * heaviest items are dealt out first, each to the part that has least so far. The parts depend on
 * weights and names alone, not on the order of the items.
 * @returns in the order in which the items came
 */
export function shardOf<T extends { name: string }>(items: readonly T[], weigh: (item: T) => number, { index, count }: Shard): T[] {
  const dealt = items
    .map((item) => ({ item, weight: weigh(item) }))
    .sort((a, b) => b.weight - a.weight || (a.item.name < b.item.name ? -1 : 1))
  const loads = new Float64Array(count)
  const held = new Uint32Array(count)
  const mine = new Set<T>()
  for (const { item, weight } of dealt) {
    let least = 0
    // Of equally heavy parts the one with fewer items, so that empty files are spread, too.
    for (let part = 1; part < count; part++)
      if (loads[part] < loads[least] || (loads[part] === loads[least] && held[part] < held[least])) least = part
    loads[least] += weight
    held[least]++
    if (least === index - 1) mine.add(item)
  }
  return items.filter((item) => mine.has(item))
}
