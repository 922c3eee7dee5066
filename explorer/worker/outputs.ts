/** @file What can be saved, as `--save` names it. */
import { defaultOutputs, outputs as known } from 'adzus'
import type { Method } from './methods.ts'

export const outputs: Method<'outputs'> = async () =>
  known.map((output) => ({ name: output.name, help: output.help, byDefault: defaultOutputs.includes(output) }))
