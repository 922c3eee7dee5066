/** @file `adzus models remove`: takes a model out of the cache, after asking. */
import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { openHub } from '../../checkpoint/hub/hub.ts'
import { parseHubId } from '../../checkpoint/hub/id.ts'
import { planRemoval } from '../../checkpoint/hub/remove.ts'
import { AdzusError } from '../../errors.ts'
import { describeOptions, type Options, parseArguments, UsageError } from '../arguments.ts'
import { bytes } from './format.ts'
import { oneInput } from './where.ts'

const OPTIONS: Options = {
  yes: { short: 'y', help: 'do not ask' },
  json: { help: 'one JSON object (with --yes)' },
  help: { short: 'h', help: 'this text' },
}

export const HELP = `adzus models remove OWNER/NAME[@REVISION] [options]

Removes a model from the Hugging Face cache; with a revision, only that snapshot and the
contents that no other snapshot uses.

${describeOptions(OPTIONS)}`

export async function remove(args: string[]): Promise<number> {
  const { inputs, switches } = parseArguments('models remove', args, OPTIONS)
  const text = oneInput('remove', inputs, 'one model of the hub: owner/name')
  const { repo, revision } = parseHubId(text)
  const hub = await openHub()
  const one = text.includes('@')
  const commit = one ? await hub.cache.commit(repo, revision) : undefined
  if (one && commit === undefined)
    throw new AdzusError({ what: 'models remove', where: hub.cache.root, expected: `${repo} at ${revision}`, got: 'no such revision' })
  const plan = await planRemoval(hub, repo, commit)
  const what = `${repo}${one ? ` at ${revision}` : ''} (${plan.commits.length} ${plan.commits.length === 1 ? 'snapshot' : 'snapshots'}, ${bytes(plan.bytes)})`
  if (!switches.yes && !(await agreed(what))) {
    console.error('adzus: nothing was removed')
    return 1
  }
  await plan.run()
  if (switches.json) console.log(JSON.stringify({ id: repo, commits: plan.commits, bytes: plan.bytes }))
  else console.log(`removed ${what}`)
  return 0
}

async function agreed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError({ what: 'models remove', expected: '--yes, or a terminal to ask on', got: 'neither' })
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`Remove ${what}? [y/N] `)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}
