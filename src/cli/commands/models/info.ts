/** @file `adzus models info`: what a model consists of. */
import { familyOf, familyOfFile, inspectFile, inspectParts } from '../../../checkpoint/inspect.ts'
import { fileSize } from '../../../messages.ts'
import { describeExamples, describeOptions, type Options, parseArguments } from '../../arguments.ts'
import { table } from '../../format.ts'
import { findModel, oneInput } from './where.ts'

const OPTIONS: Options = {
  json: { help: 'one JSON object' },
  help: { short: 'h', help: 'this text' },
}

export const HELP = `adzus models info ID|FOLDER|FILE [options]

Tells the family, parts, tensors, parameters, types and sizes of a model on this machine: a
folder in diffusers layout, a safetensors file, or a cached model of the hub. Only headers
are read.

${describeOptions(OPTIONS)}

${describeExamples(['adzus models info weights/adzus-tiny', 'adzus models info owner/name@main --json'])}`

export async function info(args: string[]): Promise<number> {
  const { inputs, switches } = parseArguments('models info', args, OPTIONS)
  const place = await findModel(oneInput('info', inputs, 'one model'))
  const [parts, family] =
    place.kind === 'file'
      ? [[await inspectFile(place.name, await place.open())], await familyOfFile(await place.open())]
      : [await inspectParts(place.files), await familyOf(place.files)]
  const total = {
    tensors: parts.reduce((n, p) => n + p.tensors, 0),
    parameters: parts.reduce((n, p) => n + p.parameters, 0),
    bytes: parts.reduce((n, p) => n + p.bytes, 0),
  }
  if (switches.json) console.log(JSON.stringify({ path: place.path, family: family ?? null, parts, ...total }))
  else {
    const row = (name: string, kind: string, p: typeof total, dtypes: string) => [
      name,
      kind,
      `${p.tensors}`,
      p.parameters.toLocaleString('en'),
      dtypes,
      fileSize(p.bytes),
    ]
    console.log(`${place.path}\nfamily: ${family ?? 'unknown'}\n`)
    console.log(
      table([
        ['PART', 'CLASS', 'TENSORS', 'PARAMETERS', 'TYPES', 'SIZE'],
        ...parts.map((p) => row(p.name, p.kind ?? '–', p, p.dtypes.join(' '))),
        row('total', '', total, ''),
      ]),
    )
  }
  return 0
}
