/**
 * @file `npm run bench -- explorer [--runs N --moves N]`: the attention explorer in Chromium: frames
 * while hovering, first paint, first mask, bytes of a first visit. Tables, never assertions.
 */
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { packageRoot } from '../../src/platform/directory.ts'
import { findBrowser } from '../../test/support/page.ts'
import { digits, machine, showSpread, spread, table } from '../measure.ts'
import { serveCounting } from './counting-server.ts'
import { hoverFrames } from './hovering.ts'
import { type Visits, visit } from './visits.ts'

/** Pictures for the network, and with them grids: an eighth of each side. */
const SIZES = [256, 512]
/** Of frames, the interval that only one of twenty exceeds. */
const SHARE = 0.95

async function main(): Promise<number> {
  const options = { runs: { type: 'string', default: '3' }, moves: { type: 'string', default: '300' } } as const
  const { values } = parseArgs({ args: process.argv.slice(2), options })
  const [runs, moves] = [Number(values.runs), Number(values.moves)]
  const chromium = await findBrowser()
  if (typeof chromium === 'string' || !(runs >= 1) || !(moves >= 1)) {
    console.error(typeof chromium === 'string' ? chromium : 'usage: npm run bench -- explorer [--runs N --moves N]')
    return 2
  }
  const folder = join(packageRoot(), 'out', 'bench-explorer')
  const { bundle } = await import(pathToFileURL(join(packageRoot(), 'scripts', 'explorer', 'bundle.mjs')).href)
  await bundle(folder)
  const server = await serveCounting(folder)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-features=WebGPU'] })
  try {
    console.log(`\n### The attention explorer in Chromium ${browser.version()}, without a graphics card\n\n${machine()}`)
    const visits: Visits[] = []
    for (let run = 0; run < runs; run++) visits.push(await visit(browser, server))
    const times = (of: (one: Visits) => number) => showSpread(spread(visits.map(of)), 0)
    table(
      ['visit', `median (least … most) of ${runs}`],
      [
        ['first paint, ms', times(({ first }) => first.paint)],
        ['first mask of a sample, ms from the address on', times(({ first }) => first.mask)],
        ['bytes of the first visit, MB, not compressed', digits(visits[0].bytes.all / 1e6)],
        ['of these sent twice, MB', digits(visits[0].bytes.again / 1e6)],
        ['mask of another sample, ms from the choice on', times(({ warm }) => warm)],
        ['second visit: first paint, ms', times(({ second }) => second.paint)],
        ['second visit: first mask, ms', times(({ second }) => second.mask)],
      ],
    )
    table(
      ['hovering', 'frame, median ms', '95th percentile, ms', 'page’s thread busy, ms a frame'],
      await hovering(browser, server.base, moves),
    )
  } finally {
    await browser.close()
    server.close()
  }
  return 0
}

async function hovering(browser: Browser, base: string, moves: number): Promise<string[][]> {
  const rows: string[][] = []
  for (const size of SIZES)
    for (const single of [false, true]) {
      const { grid, intervals, busy } = await hoverFrames(browser, base, { size, single, moves })
      const late = intervals[Math.min(intervals.length - 1, Math.floor(SHARE * intervals.length))]
      rows.push([`${grid} cells, ${single ? 'one layer' : 'all layers'}`, digits(spread(intervals).median), digits(late), digits(busy)])
    }
  return rows
}

process.exitCode = await main()
