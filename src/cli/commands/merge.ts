/** @file `adzus merge`: the files of a whole run, made of its parts. */
import { join } from 'node:path'
import { printable } from '../../messages.ts'
import { describeExamples, describeOptions, type Options, oneOf, parseArguments, UsageError, words } from '../arguments.ts'
import { called, type Merged, mergedOutputs, merge as mergeParts } from '../fleet/merge.ts'
import { jsonLine } from '../output.ts'

/** So many names are shown of each kind. */
const SHOWN = 10

const OPTIONS: Options = {
  output: { value: 'FOLDER', short: 'o', help: 'where the files go (default: merged in OUT)' },
  save: { value: 'KIND,…', help: `some of ${mergedOutputs.join(', ')} (default: all that the results hold enough for)` },
  overwrite: { help: 'replace files of other origin that have such names' },
  json: { help: 'one line of JSON: what summary.json holds' },
  help: { short: 'h', help: 'this text' },
}

const HELP = `adzus merge OUT [options]

Joins the results of a run, of one task or of many (adzus segment --shard), that are in the folder
OUT: tables of all images, COCO, outlines, and summary.json, which says what is missing. The same
results give the same bytes, whatever task made them.

${describeOptions(OPTIONS)}

${describeExamples(['adzus merge out -o tables', 'adzus evaluate skin/ --predictions out'])}

Exit code: 0 all there, 1 images are missing or failed (the others are merged), 2 wrong call.`

export async function merge(args: string[]): Promise<number> {
  const { inputs, values, switches } = parseArguments('merge', args, OPTIONS)
  if (switches.help) {
    console.log(HELP)
    return 0
  }
  if (inputs.length !== 1)
    throw new UsageError({ what: 'merge', expected: 'one folder of results', got: `${inputs.length}`, hint: 'See adzus merge --help.' })
  const [output] = inputs
  const wanted = values.save === undefined ? undefined : words('merge', 'save', values.save)
  for (const name of wanted ?? []) oneOf('merge', 'save', name, mergedOutputs)
  const target = values.output ?? join(output, 'merged')
  const merged = await mergeParts(output, target, wanted ?? mergedOutputs, switches.overwrite === true)
  console.log(switches.json ? jsonLine(merged) : described(merged, target))
  const lacks = wanted !== undefined && merged.leftOut.length > 0
  for (const { output: kind, images } of merged.leftOut)
    if (lacks || !switches.json)
      console.error(`adzus: ${kind} is left out: the records of ${images} images do not hold enough. Segment with --save ${kind},json.`)
  return merged.failed.length + merged.missing.length + merged.foreign.length > 0 || lacks ? 1 : 0
}

function described({ pictures, merged, volumes, failed, missing, foreign, files }: Merged, target: string): string {
  const lines = [`${merged} of ${pictures} images merged → ${printable(target)}: ${[...files, 'summary.json'].join(', ')}`]
  const say = (what: string, names: readonly string[]) => {
    if (names.length === 0) return
    const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''
    lines.push(`${names.length} of ${pictures} ${what}: ${printable(names.slice(0, SHOWN).join(', '))}${more}`)
  }
  say('are volumes, whole by themselves', volumes)
  say('failed', failed.map(called))
  say('are missing', missing.map(called))
  say('are results of another version', foreign)
  return lines.join('\n')
}
