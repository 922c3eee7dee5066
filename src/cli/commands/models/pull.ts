/** @file `adzus models pull`: fetches a model, or what is new of it, with progress on stderr. */
import process from 'node:process'
import type { DownloadProgress } from '../../../checkpoint/hub/meter.ts'
import { pull } from '../../../checkpoint/hub/pull.ts'
import { hubSettings } from '../../../checkpoint/hub/settings.ts'
import type { Note } from '../../../checkpoint/notes.ts'
import { DTYPES } from '../../../checkpoint/variants.ts'
import { fileSize } from '../../../messages.ts'
import { describeExamples, describeOptions, type Options, oneOf, parseArguments } from '../../arguments.ts'
import { downloading } from '../../format.ts'
import { Progress } from '../../progress.ts'
import { stoppable } from '../../signals.ts'
import { hubModel, oneInput } from './where.ts'

const OPTIONS: Options = {
  revision: { value: 'NAME', help: 'branch, tag or commit (default: main)' },
  dtype: { value: 'TYPE', help: 'auto, f16 or f32: which precision to prefer (default: auto, f16 where there is one)' },
  variant: { value: 'NAME', help: 'weights with this name before the extension, for example non_ema' },
  json: { help: 'one JSON object' },
  quiet: { short: 'q', help: 'no progress' },
  help: { short: 'h', help: 'this text' },
}

export const HELP = `adzus models pull OWNER/NAME[/FILE.safetensors][@REVISION] [options]

Fetches the files of a Stable Diffusion model that adzus needs into the Hugging Face cache:
configurations, vocabularies and one form of each part’s weights. What is there already is
not fetched again; an interrupted pull goes on where it stopped. A revision is a branch, a tag
or a commit (7 or more of its digits). An address of the hub, or a folder models--OWNER--NAME
of a cache, may stand for the name.

${describeOptions(OPTIONS)}

${describeExamples(['adzus models pull owner/name', 'adzus models pull owner/name@fp16 --dtype f16'])}`

export async function pullModel(args: string[]): Promise<number> {
  const { inputs, values, switches } = parseArguments('models pull', args, OPTIONS)
  const text = oneInput('pull', inputs, 'one model: owner/name')
  const dtype = oneOf('models pull', 'dtype', values.dtype ?? 'auto', DTYPES)
  const silent = switches.quiet === true || !hubSettings(process.env, '').progress
  const progress = new Progress(silent)
  return stoppable(async (signal) => {
    try {
      const onNote: Note = (note) => {
        progress.clear()
        console.error(`adzus: ${note}`)
      }
      const options = { signal, onProgress: (p: DownloadProgress) => progress.show(downloading(p)), onNote }
      const { hub, id } = await hubModel(text, values.revision, options)
      const { commit, path, size, choice, unverified } = await pull(hub, id, { dtype, variant: values.variant })
      progress.clear()
      if (switches.json)
        console.log(JSON.stringify({ id: id.repo, revision: id.revision, commit, path, bytes: size, files: choice.files, unverified }))
      else console.log(`${id.repo}: ${choice.files.length} files, ${fileSize(size)}, commit ${commit}\n${path}`)
      return 0
    } catch (error) {
      progress.clear()
      if (signal.aborted) console.error('adzus: interrupted; the next pull goes on from here')
      throw error
    }
  })
}
