/** @file `adzus models remove`: takes a model out of the cache, after asking. */
import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { words } from '../../../checkpoint/hub/brief.ts'
import { saysRevision } from '../../../checkpoint/hub/id.ts'
import { type Outside, planRemoval } from '../../../checkpoint/hub/remove.ts'
import { AdzusError } from '../../../errors.ts'
import { fileSize } from '../../../messages.ts'
import { describeExamples, describeOptions, type Options, parseArguments, UsageError } from '../../arguments.ts'
import { hubModel, oneInput } from './where.ts'

/** Links that are told one by one. */
const SHOWN = 5

const OPTIONS: Options = {
  yes: { short: 'y', help: 'do not ask' },
  json: { help: 'one JSON object (with --yes)' },
  help: { short: 'h', help: 'this text' },
}

export const HELP = `adzus models remove OWNER/NAME[@REVISION] [options]

Removes a model from the Hugging Face cache; with a revision, only that snapshot and the
contents that no other snapshot uses. Of a link to another place only the link goes.

${describeOptions(OPTIONS)}

${describeExamples(['adzus models remove owner/name', 'adzus models remove owner/name@main --yes'])}`

export async function remove(args: string[]): Promise<number> {
  const { inputs, switches } = parseArguments('models remove', args, OPTIONS)
  const text = oneInput('remove', inputs, 'one model of the hub: owner/name')
  const { hub, id } = await hubModel(text)
  const { repo, revision, file } = id
  if (file !== undefined)
    throw new AdzusError({ what: 'models remove', where: repo, expected: 'a model or a snapshot', got: `a file of one: ${file}` })
  const one = saysRevision(text, hub.settings.endpoint)
  const commit = one ? await hub.cache.commit(repo, revision) : undefined
  if (one && commit === undefined)
    throw new AdzusError({ what: 'models remove', where: hub.cache.root, expected: `${repo} at ${revision}`, got: 'no such revision' })
  const plan = await planRemoval(hub, repo, commit)
  const what = `${repo}${one ? ` at ${revision}` : ''} (${plan.commits.length} ${plan.commits.length === 1 ? 'snapshot' : 'snapshots'}, ${fileSize(plan.bytes)})`
  const notes = plan.stays.map(told)
  if (!switches.yes && !(await agreed(what, notes))) {
    console.error('adzus: nothing was removed')
    return 1
  }
  await plan.run()
  if (switches.json) console.log(JSON.stringify({ id: repo, commits: plan.commits, bytes: plan.bytes, stays: plan.stays }))
  else console.log([`removed ${what}`, ...shortened(notes)].join('\n'))
  return 0
}

function told({ link, path }: Outside): string {
  return `${words(link)} is a link to ${words(path)}: only the link goes, what lies there stays`
}

function shortened(notes: readonly string[]): string[] {
  return notes.length > SHOWN ? [...notes.slice(0, SHOWN), `and ${notes.length - SHOWN} more such links`] : [...notes]
}

async function agreed(what: string, notes: readonly string[]): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError({ what: 'models remove', expected: '--yes, or a terminal to ask on', got: 'neither' })
  for (const note of shortened(notes)) console.error(note)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`Remove ${what}? [y/N] `)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}
