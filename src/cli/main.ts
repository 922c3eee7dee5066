/** @file The command line: commands, help, errors to exit codes. */
import process from 'node:process'
import { AdzusError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { UsageError } from './arguments.ts'
import { HELP as DOCTOR_HELP, doctor } from './doctor.ts'
import { HELP as MODELS_HELP, models } from './models.ts'
import { HELP as SEGMENT_HELP, segment } from './segment.ts'
import { version } from './version.ts'

const COMMANDS: Record<string, { run: (args: string[]) => Promise<number>; help: string; summary: string }> = {
  segment: { run: segment, help: SEGMENT_HELP, summary: 'segment images: label maps, masks, overlays, JSON' },
  doctor: { run: doctor, help: DOCTOR_HELP, summary: 'what this machine has, and which models fit it' },
  models: { run: models, help: MODELS_HELP, summary: 'list, describe, fetch, check and remove models' },
}

const HELP = `adzus: zero-shot segmentation from the self-attention of Stable Diffusion

adzus COMMAND [arguments]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join('\n')}
  help      help on a command: adzus help segment

Research software, not a medical device.`

/** Runs a command; returns the exit code: 0 fine, 1 something failed, 2 wrong call, 130 interrupted. */
export async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args
  // Who reads our output may stop reading, as `head` does: that ends the printing, not the work.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  try {
    if (name === undefined || name === '--help' || name === '-h') return print(HELP)
    if (name === '--version' || name === '-v') return print(await version())
    if (name === 'help') return print(rest[0] === undefined ? HELP : command(rest[0]).help)
    return await command(name).run(rest)
  } catch (error) {
    if (!(error instanceof AdzusError)) throw error
    console.error(`adzus: ${error.message}`)
    // An option out of range is a wrong call, wherever that is noticed.
    return error instanceof UsageError || error.failure.what === 'options' ? 2 : 1
  }
}

function command(name: string) {
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name]
  const similar = nearest(name, Object.keys(COMMANDS))
  throw new UsageError({
    what: 'adzus',
    expected: `a command (${Object.keys(COMMANDS).join(', ')})`,
    got: name,
    hint: similar ? `Did you mean ${similar}?` : 'See adzus --help.',
  })
}

function print(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}
