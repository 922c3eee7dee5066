/**
 * @file `npm run bench:peers [-- WORD… --runs N --threads 1,2 --model FOLDER --only TEXT …]`: this project side by side with others on the same machine, by turns. Words: `torch`, `ort`,
 * `tfjs`, `browser`, `kl`, `whole`, `pictures`; all without a word. A peer that cannot be installed or started is said to be absent, and the rest goes on.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { cores } from '#platform'
import { machine } from '../measure.ts'
import { benchBrowser } from './browser.ts'
import { benchKl } from './kl.ts'
import type { Options } from './options.ts'
import { benchOrt } from './ort.ts'
import { benchPictures } from './pictures.ts'
import { benchTfjs } from './tfjs.ts'
import { benchTorch } from './torch.ts'
import { benchWhole } from './whole.ts'

const USAGE =
  'usage: npm run bench:peers [-- torch|ort|tfjs|browser|kl|whole|pictures … --runs N --threads 1,2 --model FOLDER --only TEXT …]'
const WORDS: Record<string, (options: Options) => Promise<void>> = {
  torch: benchTorch,
  ort: benchOrt,
  tfjs: benchTfjs,
  browser: benchBrowser,
  kl: benchKl,
  whole: benchWhole,
  pictures: benchPictures,
}

async function main(): Promise<number> {
  const call = parse()
  if (!call) return usage()
  const { positionals, values } = call
  const words = positionals.length > 0 ? positionals : Object.keys(WORDS)
  const runs = Number(values.runs)
  const threads = values.threads === undefined ? [...new Set([1, cores()])] : values.threads.split(',').map(Number)
  const counts = (numbers: number[]) => numbers.every((n) => Number.isInteger(n) && n >= 1)
  if (words.some((w) => !Object.hasOwn(WORDS, w)) || !counts([runs, ...threads])) return usage()
  console.log(`${machine()}. By turns; ratios are the peer's time over ours, turn by turn: median (least … most), above 1 we are ahead.`)
  const scratch = mkdtempSync(join(tmpdir(), 'adzus-peers-'))
  try {
    for (const word of words) await WORDS[word]({ runs, threads, scratch, model: values.model, only: values.only })
  } finally {
    rmSync(scratch, { recursive: true })
  }
  return 0
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        runs: { type: 'string', default: '5' },
        threads: { type: 'string' },
        model: { type: 'string' },
        only: { type: 'string', multiple: true, default: [] },
      },
    })
  } catch {
    return undefined
  }
}

function usage(): number {
  console.error(USAGE)
  return 2
}

process.exitCode = await main()
