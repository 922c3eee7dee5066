/**
 * @file One look and its questions: how long the networks take, and what each question costs after
 * them: another threshold, another rule, where a pixel looks and who looks there.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Adzus, type Backend, type View } from '../src/index.ts'
import { packageRoot } from '../src/platform/directory.ts'
import { machine, showSpread, spread, table } from './measure.ts'

const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'
/** Thresholds in turn, so that no answer is the one before. */
const THRESHOLDS = [0.2, 0.3, 0.4, 0.5]

export async function benchLook(backends: readonly Backend[], runs: number): Promise<void> {
  const bytes = await readFile(join(packageRoot(), PICTURE))
  for (const backend of backends) {
    const adzus = await Adzus.load(undefined, { backend })
    const looks = await times(runs, async () => (await adzus.look(bytes)).dispose())
    const view = await adzus.look(bytes)
    const { size } = view.parameters
    console.log(
      `\n### A look and its questions on ${backend.description}\n\n${machine()}; ${PICTURE}, network size ${size.join(' × ')}, ${runs} warm runs`,
    )
    const rows = [['the look itself', looks]] as [string, number[]][]
    for (const [name, ask] of questions(view)) rows.push([name, await times(runs, ask)])
    table(
      ['question', 'ms'],
      rows.map(([name, ms]) => [name, showSpread(spread(ms), 1)]),
    )
    await view.dispose()
    await adzus.dispose()
  }
}

function questions(view: View): [string, (run: number) => Promise<unknown>][] {
  const [{ name: layer }] = view.layers()
  const at = (run: number) => ({ x: (7 * run) % view.width, y: (5 * run) % view.height })
  return [
    ['a new threshold', (run) => view.segment({ thresholds: Array(3).fill(THRESHOLDS[run % THRESHOLDS.length]) })],
    ['a new point on the same labels', (run) => view.mask({ point: Object.values(at(run)) as [number, number] })],
    ['where a pixel looks, all layers', (run) => view.attention(at(run))],
    ['who looks there, all layers', (run) => view.attention({ ...at(run), direction: 'to' })],
    ['where a pixel looks, one layer and head', (run) => view.attention({ ...at(run), layer, head: 0 })],
    ['who looks there, one layer and head', (run) => view.attention({ ...at(run), layer, head: 0, direction: 'to' })],
  ]
}

/** Milliseconds of each run but the first two. */
async function times(runs: number, act: (run: number) => Promise<unknown>): Promise<number[]> {
  const milliseconds: number[] = []
  for (let run = 0; run < runs + 2; run++) {
    const start = performance.now()
    await act(run)
    milliseconds.push(performance.now() - start)
  }
  return milliseconds.slice(2)
}
