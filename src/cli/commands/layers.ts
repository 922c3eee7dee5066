/**
 * @file `adzus layers`: the attention layers of a model, as `--layers`, `--heads` and
 * `--resolutions` name them.
 */
import { embeddedModel } from '#platform'
import type { DownloadProgress } from '../../checkpoint/hub/meter.ts'
import { type AttentionLayer, modelLayers } from '../../index.ts'
import { describeExamples, describeOptions, noInputs, type Options, parseArguments } from '../arguments.ts'
import { defaultNumbers } from '../defaults.ts'
import { downloading, table } from '../format.ts'
import { notesTo } from '../notes.ts'
import { jsonLine } from '../output.ts'
import { Progress } from '../progress.ts'
import { readSize } from '../segment/choices.ts'
import { stoppable } from '../signals.ts'

const optionsOf = (size = ''): Options => ({
  model: { value: 'MODEL', short: 'm', help: 'a Stable Diffusion checkpoint, as segment takes it (default: the embedded one)' },
  variant: { value: 'NAME', help: 'weights with this name before the extension, for example fp16' },
  base: { value: 'MODEL', help: 'take what the model lacks from this one' },
  size: { value: 'N|WxH', help: `pixels for the network, which decide the grids${size}` },
  json: { help: 'one JSON object' },
  quiet: { short: 'q', help: 'no progress and no warnings' },
  help: { short: 'h', help: 'this text' },
})

async function help(): Promise<string> {
  const { size } = await defaultNumbers()
  return `adzus layers [options]

Lists the attention layers of a model in the order in which they run: self-attention looks at the
image’s own cells, cross-attention at the text. Only the weights’ headers are read.

${describeOptions(optionsOf(size))}

${describeExamples(['adzus layers', 'adzus layers --model owner/name --size 768x512 --json'])}`
}

export async function layers(args: string[]): Promise<number> {
  const { inputs, values, switches } = parseArguments('layers', args, optionsOf())
  if (switches.help) {
    console.log(await help())
    return 0
  }
  noInputs('layers', inputs)
  const size = values.size === undefined ? undefined : readSize('layers', values.size)
  const { model = embeddedModel(), variant, base } = values
  const progress = new Progress(switches.quiet === true)
  const onNote = notesTo(progress, switches)
  const onProgress = (p: DownloadProgress) => progress.show(downloading(p))
  return stoppable(async (signal) => {
    const found = await modelLayers(model, { size }, { variant, base, onNote, signal, hub: { onProgress, onNote } }).finally(() =>
      progress.clear(),
    )
    console.log(switches.json ? jsonLine(found) : `${found.model} at ${found.size.join(' × ')}\n\n${table(rows(found.layers))}`)
    return 0
  })
}

function rows(list: readonly AttentionLayer[]): string[][] {
  return [
    ['LAYER', 'KIND', 'GRID (WxH)', 'HEADS'],
    ...list.map(({ name, kind, grid, heads }) => [name, kind, `${grid.w}x${grid.h}`, `${heads}`]),
  ]
}
