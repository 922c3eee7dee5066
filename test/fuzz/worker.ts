/**
 * @file `worker.js READER SEED FROM TO`: reads damaged inputs one after another and says so on
 * standard output, a line before each input (its number) and a line for each that escaped
 * (`! number message`). The parent process watches time and memory.
 */
import { writeSync } from 'node:fs'
import process from 'node:process'
import { AdzusError } from '../../src/errors.ts'
import { inputOf, READERS } from './readers.ts'

/** Longer messages are no use to anybody. */
const MAX_MESSAGE = 4000

const [name, ...limits] = process.argv.slice(2)
const [seed, from, to] = limits.map(Number)
const { seeds, read } = READERS[name]
const valid = await seeds()
let accepted = 0

say('ready')
for (let index = from; index < to; index++) {
  const input = inputOf(name, valid, seed, index)
  say(`${index}`)
  try {
    await read(input)
    accepted++
  } catch (error) {
    if (!(error instanceof AdzusError)) say(`! ${index} ${shown(error)}`)
    else if (error.message.length > MAX_MESSAGE) say(`! ${index} a message of ${error.message.length} characters`)
  }
}
say(`end ${accepted}`)
process.exit(0)

/** Writes a line at once; a pipe that is full is waited for. */
function say(line: string): void {
  const text = Buffer.from(`${line}\n`)
  for (let at = 0; at < text.length; )
    try {
      at += writeSync(1, text, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
}

function shown(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return text.slice(0, 600).replaceAll('\n', ' ')
}
