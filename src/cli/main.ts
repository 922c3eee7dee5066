/**
 * @file The command line: commands, help, errors to exit codes. Each command is loaded when it is
 * called, since starting takes as long as there are modules to be loaded.
 */
import process from 'node:process'
import { AdzusError } from '../errors.ts'
import { inWords } from '../messages.ts'
import { nearest } from '../nearest.ts'
import { describeExamples, UsageError } from './arguments.ts'
import { version } from './version.ts'

type Run = (args: string[]) => Promise<number>

const COMMANDS: Record<string, { load: () => Promise<Run>; summary: string }> = {
  segment: { load: async () => (await import('./commands/segment.ts')).segment, summary: 'segment images' },
  status: { load: async () => (await import('./commands/status.ts')).status, summary: 'how a run of many tasks stands' },
  merge: { load: async () => (await import('./commands/merge.ts')).merge, summary: 'join the results of a run: tables, COCO, outlines' },
  evaluate: {
    load: async () => (await import('./commands/evaluate.ts')).evaluate,
    summary: 'compare masks with true ones: figures, intervals, a report',
  },
  info: {
    load: async () => (await import('./commands/info.ts')).info,
    summary: 'what is in files: images, sizes, channels, windows, orientation',
  },
  layers: { load: async () => (await import('./commands/layers.ts')).layers, summary: 'the attention layers of a model' },
  presets: { load: async () => (await import('./commands/presets.ts')).presets, summary: 'settings for kinds of images' },
  doctor: { load: async () => (await import('./commands/doctor.ts')).doctor, summary: 'what this machine has, and which models fit it' },
  models: { load: async () => (await import('./commands/models.ts')).models, summary: 'list, describe, fetch, check and remove models' },
}

const HELP = `adzus: zero-shot segmentation from the self-attention of Stable Diffusion

adzus COMMAND [arguments]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join('\n')}
  help      help on a command: adzus help segment

${describeExamples(['adzus segment photo.png', 'adzus help segment'])}

Research software, not a medical device.`

/**
 * Runs a command; returns the exit code: 0 fine, 1 something failed, 2 wrong call, 128 and more
 * ended by a signal.
 */
export async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args
  for (const stream of [process.stdout, process.stderr]) stream.on('error', unprinted)
  try {
    if (name === undefined || name === '--help' || name === '-h') return print(HELP)
    if (name === '--version' || name === '-v') return print(await version())
    if (name === 'help') return rest[0] === undefined ? print(HELP) : await (await command(rest[0]).load())([...rest.slice(1), '--help'])
    return await (await command(name).load())(rest)
  } catch (error) {
    if (!(error instanceof AdzusError)) throw error
    console.error(`adzus: ${error.message}`)
    // An option out of range is a wrong call, wherever that is noticed.
    return error instanceof UsageError || error.failure.what === 'options' ? 2 : 1
  }
}

/**
 * Who reads our output may stop reading, as `head` does: that ends the printing, not the work.
 * Where it cannot be written for another reason, as on a full disk, the work goes on too, but has
 * failed.
 */
function unprinted(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || process.exitCode === 1) return
  process.exitCode = 1
  console.error(`adzus: what belongs on standard output could not be written: ${inWords(error)}`)
}

function command(name: string) {
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name]
  const similar = nearest(name, Object.keys(COMMANDS))
  throw new UsageError({
    what: 'command line',
    expected: `a command (${Object.keys(COMMANDS).join(', ')})`,
    got: name,
    hint: similar ? `Did you mean ${similar}?` : 'See adzus --help.',
  })
}

function print(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}
