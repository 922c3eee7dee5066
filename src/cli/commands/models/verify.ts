/** @file `adzus models verify`: reads a cached model again and compares checksums. */
import { type Verdict, verify } from '../../../checkpoint/hub/verify.ts'
import { AdzusError } from '../../../errors.ts'
import { fileSize } from '../../../messages.ts'
import { describeExamples, describeOptions, type Options, parseArguments } from '../../arguments.ts'
import { Progress } from '../../progress.ts'
import { hubModel, oneInput } from './where.ts'

const OPTIONS: Options = {
  json: { help: 'one JSON object' },
  quiet: { short: 'q', help: 'only what is wrong' },
  help: { short: 'h', help: 'this text' },
}

export const HELP = `adzus models verify OWNER/NAME[@REVISION] [options]

Computes the checksum of every file of a cached model again (SHA-256 of large files, git’s
SHA-1 of small ones) and checks the headers of its weights.

${describeOptions(OPTIONS)}

${describeExamples(['adzus models verify owner/name', 'adzus models verify owner/name@main --quiet'])}

Files whose checksum nothing tells are unchecked, which is no fault.

Exit code: 0 all right, 1 something is wrong.`

export async function verifyModel(args: string[]): Promise<number> {
  const { inputs, switches } = parseArguments('models verify', args, OPTIONS)
  const { hub, id } = await hubModel(oneInput('verify', inputs, 'one model of the hub: owner/name'))
  const { repo, revision } = id
  const commit = await hub.cache.commit(repo, revision)
  if (commit === undefined || !(await hub.cache.commits(repo)).includes(commit))
    throw new AdzusError({
      what: 'models verify',
      where: hub.cache.root,
      expected: `${repo} at ${revision}`,
      got: 'no such model',
      hint: 'See adzus models list.',
    })
  const progress = new Progress(switches.quiet === true)
  const verdicts: Verdict[] = []
  for await (const verdict of verify(hub, repo, commit)) {
    verdicts.push(verdict)
    progress.clear()
    const { file, size, status, reason } = verdict
    if (!switches.json && (isBad(verdict) || !switches.quiet))
      console.log(`${status}: ${file} (${fileSize(size)})${reason === undefined ? '' : `: ${reason}`}`)
    progress.show(`${verdicts.length} files …`)
  }
  progress.clear()
  const bad = verdicts.filter(isBad)
  const unchecked = verdicts.filter(({ status }) => status === 'unchecked').length
  if (switches.json) console.log(JSON.stringify({ id: repo, commit, right: bad.length === 0, unchecked, files: verdicts }))
  if (unchecked > 0) console.error(`${unchecked} of ${verdicts.length} files are not verified: nothing tells their checksums.`)
  if (bad.length === 0) return 0
  console.error(`${bad.length} of ${verdicts.length} files are damaged. adzus models remove ${repo}, then pull it again.`)
  return 1
}

function isBad({ status }: Verdict): boolean {
  return status === 'wrong' || status === 'broken link'
}
