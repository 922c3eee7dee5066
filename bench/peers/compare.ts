/**
 * @file One op, ours against a peer's, by turns. Before the clock counts, the results of both are compared, so that nobody measures a different computation; a short op
 * is repeated inside a turn.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { byTurns, digits, showSpread, type Turns, table } from '../measure.ts'
import { relativeDifference, same } from './difference.ts'
import { type Arrays, inputsOf, nameOf, type Op } from './ops.ts'
import { bytesOf, type Opponent } from './protocol.ts'

export interface Settings {
  runs: number
  /** Where inputs and results are written. */
  scratch: string
}

export interface Row {
  op: Op
  /** What went wrong, and nothing else then. */
  failure?: string
  times?: Turns
  differences: string[]
  note?: string
  /** Milliseconds by stage of the last run of ours and of the peer's. */
  stages?: [Record<string, number>, Record<string, number>]
}

/** Milliseconds that a turn of one contender should take at least. */
const SHORTEST = 60
const MOST_REPEATS = 200
/** Milliseconds of an op whose first run is as good as any. */
const LONG = 1000
/** Milliseconds after which no further turn of an op begins. */
const PATIENCE = 90_000

/** @param exporter writes the op as ONNX models for a peer that runs those */
export async function compare(ours: Opponent, peer: Opponent, op: Op, { runs, scratch }: Settings, exporter?: Opponent): Promise<Row> {
  try {
    const inputs = writeInputs(op, scratch)
    const models = (await exporter?.ask({ command: 'export', op, inputs, folder: scratch }))?.models
    await ours.ask({ command: 'prepare', op, inputs })
    const { note } = await peer.ask({ command: 'prepare', op, inputs, models })
    const differences = await differ(ours, peer, op, scratch)
    const [a, b] = [await timer(ours), await timer(peer)]
    const times = await byTurns(runs, a.time, b.time, PATIENCE)
    const [mine, theirs] = [a.stages(), b.stages()]
    return { op, times, differences, note, stages: mine && theirs && [mine, theirs] }
  } catch (error) {
    return { op, failure: (error as Error).message, differences: [] }
  }
}

/** Writes an op's inputs as files; their paths. */
function writeInputs(op: Op, scratch: string): Record<string, string> {
  const folder = join(scratch, 'inputs')
  mkdirSync(folder, { recursive: true })
  const paths: Record<string, string> = {}
  for (const [name, values] of Object.entries(inputsOf(op))) {
    paths[name] = join(folder, `${name}.f32`)
    writeFileSync(paths[name], bytesOf(values))
  }
  return paths
}

/** A contender's milliseconds a run, as a function; it has run the op by then. */
async function timer(opponent: Opponent) {
  let stages: Record<string, number> | undefined
  const time = async (repeats: number) => {
    const reply = await opponent.ask({ command: 'time', repeats })
    stages = reply.stages
    return reply.milliseconds! / repeats
  }
  const first = await time(1)
  const usual = first > LONG ? first : await time(1)
  const repeats = Math.max(1, Math.min(MOST_REPEATS, Math.ceil(SHORTEST / usual)))
  return { time: () => time(repeats), stages: () => stages }
}

async function differ(ours: Opponent, peer: Opponent, op: Op, scratch: string): Promise<string[]> {
  const read = async (opponent: Opponent, name: string): Promise<Arrays> => {
    const folder = join(scratch, name)
    mkdirSync(folder, { recursive: true })
    const { names } = await opponent.ask({ command: 'results', folder })
    return Object.fromEntries(names!.map((n) => [n, new Float32Array(new Uint8Array(readFileSync(join(folder, `${n}.f32`))).buffer)]))
  }
  const [mine, theirs] = [await read(ours, 'ours'), await read(peer, 'peer')]
  return Object.entries(theirs).map(([name, values]) => `${name} ${distance(op, mine[name], values)}`)
}

/** How far apart two results are: labels by the share of pixels in which they agree, numbers by the largest difference against the largest number. */
function distance(op: Op, a: Float32Array | undefined, b: Float32Array): string {
  if (!a || a.length !== b.length) return `**sizes differ: ${a?.length} and ${b.length}**`
  if (op.kind === 'segment') return `${digits(100 * agreement(a, b))} % alike`
  const relative = relativeDifference(a, b)
  return same(relative) ? relative.toExponential(1) : `**${relative.toExponential(1)}: not the same**`
}

/** Share of the pixels whose label in b is the one that most pixels of their label in a have. */
function agreement(a: Float32Array, b: Float32Array): number {
  const pairs = new Map<number, Map<number, number>>()
  a.forEach((label, i) => {
    const counts = pairs.get(label) ?? new Map<number, number>()
    pairs.set(label, counts.set(b[i], (counts.get(b[i]) ?? 0) + 1))
  })
  const alike = [...pairs.values()].reduce((sum, counts) => sum + Math.max(...counts.values()), 0)
  return alike / a.length
}

/** Prints a comparison. The ratio is the peer's time over ours, so above 1 we are ahead. */
export function printRows(title: string, ours: Opponent, peer: Opponent, about: string, rows: readonly Row[]): void {
  console.log(`\n### ${title}\n\n${ours.about} against ${peer.about}; ${about}`)
  table(
    ['op', 'peer ÷ ours', 'ours, ms', 'peer, ms', 'largest relative difference', 'peer’s way'],
    rows.map(({ op, failure, times, differences, note = '' }) =>
      times
        ? [nameOf(op), showSpread(times.ratio, 2), showSpread(times.a), showSpread(times.b), differences.join(', '), note]
        : [nameOf(op), '–', '–', '–', '–', `failed: ${failure?.replaceAll('\n', ' ')}`],
    ),
  )
  for (const { op, stages } of rows) if (stages) printStages(op, ...stages)
}

function printStages(op: Op, mine: Record<string, number>, theirs: Record<string, number>): void {
  console.log(`\nThe last run of ${nameOf(op)} by stage:`)
  const names = [...new Set([...Object.keys(mine), ...Object.keys(theirs)])]
  const show = (ms: number | undefined) => (ms === undefined ? '' : digits(ms))
  table(
    ['stage', 'ours, ms', 'peer, ms'],
    names.map((name) => [name, show(mine[name]), show(theirs[name])]),
  )
}
