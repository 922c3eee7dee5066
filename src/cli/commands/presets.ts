/** @file `adzus presets`: the settings that `segment --preset` takes by name. */
import { presets as all } from '../../index.ts'
import { describeExamples, describeOptions, noInputs, type Options, parseArguments } from '../arguments.ts'
import { table } from '../format.ts'
import { jsonLine } from '../output.ts'

const OPTIONS: Options = {
  json: { help: 'one JSON list' },
  help: { short: 'h', help: 'this text' },
}

const HELP = `adzus presets [options]

Lists the presets: settings for pictures of one kind, which segment takes with --preset.

${describeOptions(OPTIONS)}

${describeExamples(['adzus presets', 'adzus segment slide.png --preset nuclei'])}`

export async function presets(args: string[]): Promise<number> {
  const { inputs, switches } = parseArguments('presets', args, OPTIONS)
  if (switches.help) {
    console.log(HELP)
    return 0
  }
  noInputs('presets', inputs)
  console.log(switches.json ? jsonLine(all) : table([['PRESET', 'FOR'], ...all.map(({ name, about }) => [name, about])]))
  return 0
}
