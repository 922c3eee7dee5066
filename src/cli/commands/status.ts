/** @file `adzus status`: how a run of many tasks stands. */
import { setTimeout } from 'node:timers/promises'
import { printable } from '../../messages.ts'
import { describeExamples, describeOptions, type Options, parseArguments, UsageError } from '../arguments.ts'
import type { Status, Task } from '../fleet/status.ts'
import { statusOf } from '../fleet/status.ts'
import { table } from '../format.ts'
import { jsonLine } from '../output.ts'
import { stoppable } from '../signals.ts'

const POLL = 5000
/** So many failures and parts are shown. */
const SHOWN = 20

const OPTIONS: Options = {
  watch: { help: 'say it again every five seconds, until nothing is left or no task runs' },
  json: { help: 'one line of JSON each time' },
  help: { short: 'h', help: 'this text' },
}

const HELP = `adzus status OUT [options]

How a run stands whose tasks were started with adzus segment --shard and wrote to the folder OUT:
what is done, what failed, what runs where, how much is left and for how long.

${describeOptions(OPTIONS)}

${describeExamples(['adzus status out', 'adzus status out --watch'])}

A task that was killed has left its picture to the next one with the same --shard and --resume.`

export async function status(args: string[]): Promise<number> {
  const { inputs, switches } = parseArguments('status', args, OPTIONS)
  if (switches.help) {
    console.log(HELP)
    return 0
  }
  if (inputs.length !== 1)
    throw new UsageError({ what: 'status', expected: 'one folder of results', got: `${inputs.length}`, hint: 'See adzus status --help.' })
  const say = async () => {
    const found = await statusOf(inputs[0])
    console.log(switches.json ? jsonLine(found) : described(found))
    return found.left > 0 && found.tasks.some(({ state }) => state === 'running')
  }
  if (!switches.watch) {
    await say()
    return 0
  }
  return stoppable(async (signal) => {
    while (await say()) {
      await setTimeout(POLL, undefined, { signal })
      if (!switches.json) console.log('')
    }
    return 0
  })
}

function described({ pictures, done, left, failed, running, perHour, remaining, unstarted, tasks }: Status): string {
  const rate = perHour === undefined ? '' : `, ${perHour < 10 ? perHour.toFixed(1) : Math.round(perHour)} an hour`
  const rest = remaining === undefined || left === 0 ? '' : `, ${duration(remaining)} to go`
  const lines = [`${done} of ${pictures} images done, ${failed.length} failed, ${left} left${rate}${rest}`]
  if (unstarted.length > 0) lines.push(`parts that were never started: ${some(unstarted.map(String))}`)
  lines.push('', table([['PART', 'STATE', 'DONE', 'FAILED', 'HOST', 'PROCESS', 'IN HAND'], ...tasks.map(row)]))
  const elsewhere = running.filter(({ name }) => !tasks.some(({ picture }) => picture === name))
  for (const { name, host, process } of elsewhere) lines.push(printable(`in hand: ${name} (${host}, process ${process})`))
  if (failed.length > 0) lines.push('', ...failed.slice(0, SHOWN).map(({ input, error }) => printable(`${input}: ${error}`)))
  if (failed.length > SHOWN) lines.push(`and ${failed.length - SHOWN} more: --json has all`)
  return lines.join('\n')
}

function row({ shard, state, done, before, pictures, failures, host, process, picture }: Task): string[] {
  return [
    `${shard.index}/${shard.count}`,
    state,
    `${done + before}/${pictures}`,
    `${failures}`,
    printable(host),
    `${process}`,
    state === 'running' ? printable(picture ?? '') : '',
  ]
}

function some(words: readonly string[]): string {
  return words.length <= SHOWN ? words.join(', ') : `${words.slice(0, SHOWN).join(', ')} and ${words.length - SHOWN} more`
}

/** Seconds in the largest unit that fits. */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return seconds < 48 * 3600 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} days`
}
