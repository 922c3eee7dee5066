/**
 * @file `adzus models`: the checkpoints on this machine and on the Hugging Face hub. Each action is
 * a file in `models/`.
 */
import { nearest } from '../../nearest.ts'
import { describeExamples, UsageError } from '../arguments.ts'
import { HELP as INFO_HELP, info } from './models/info.ts'
import { HELP as LIST_HELP, list } from './models/list.ts'
import { HELP as PULL_HELP, pullModel } from './models/pull.ts'
import { HELP as REMOVE_HELP, remove } from './models/remove.ts'
import { HELP as VERIFY_HELP, verifyModel } from './models/verify.ts'

const ACTIONS: Record<string, { run: (args: string[]) => Promise<number>; help: string; summary: string }> = {
  list: { run: list, help: LIST_HELP, summary: 'the models on this machine' },
  info: { run: info, help: INFO_HELP, summary: 'parts, tensors and types of a model' },
  pull: { run: pullModel, help: PULL_HELP, summary: 'fetch a model from the Hugging Face hub' },
  verify: { run: verifyModel, help: VERIFY_HELP, summary: 'check a cached model’s checksums' },
  remove: { run: remove, help: REMOVE_HELP, summary: 'remove a model from the cache' },
}

const HELP = `adzus models ACTION [arguments]

${Object.entries(ACTIONS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join('\n')}

Models of the hub are kept in the cache that Python uses as well (HF_HOME, HF_HUB_CACHE);
HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE mean the same here. adzus models ACTION --help
tells more.

${describeExamples(['adzus models list', 'adzus models pull owner/name'])}`

export async function models([action, ...rest]: string[]): Promise<number> {
  if (action === '--help' || action === '-h') {
    console.log(HELP)
    return 0
  }
  if (action !== undefined && Object.hasOwn(ACTIONS, action)) {
    if (!rest.includes('--help') && !rest.includes('-h')) return ACTIONS[action].run(rest)
    console.log(ACTIONS[action].help)
    return 0
  }
  const similar = action === undefined ? undefined : nearest(action, Object.keys(ACTIONS))
  throw new UsageError({
    what: 'models',
    expected: `an action (${Object.keys(ACTIONS).join(', ')})`,
    got: action ?? 'none',
    hint: similar ? `Did you mean ${similar}?` : 'See adzus models --help.',
  })
}
