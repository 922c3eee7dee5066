/**
 * @file `node part-main.js NAME WORK SETTINGS`: one part of the offline run in a process of its
 * own, so that a device that is lost or hangs takes no other part with it. Writes WORK/NAME.json
 * again and again while it goes on.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { PARTS } from './parts.ts'
import { noFindings, type PartResult } from './report.ts'
import { NotHere } from './torch.ts'

const [name, work, settings] = process.argv.slice(2)
const part = PARTS.find((p) => p.name === name)!
const findings = noFindings()
const start = performance.now()

/** What is found so far is a part that was stopped, until it ends. */
function write(end: Pick<PartResult, 'status' | 'reason'>): void {
  const result: PartResult = { part: part.name, about: part.about, ...end, seconds: (performance.now() - start) / 1000, ...findings }
  writeFileSync(join(work!, `${part.name}.json`), JSON.stringify(result, null, 1))
}

const save = () => write({ status: 'timed out', reason: 'it was stopped' })
save()
try {
  await part.run({ settings: JSON.parse(settings!), work: work!, findings, save })
  write(
    findings.failed > 0
      ? { status: 'failed', reason: `${findings.failed} of ${findings.passed + findings.failed} failed` }
      : { status: 'passed' },
  )
} catch (error) {
  const reason = error instanceof Error ? error.message : `${error}`
  write({ status: error instanceof NotHere ? 'skipped' : 'failed', reason })
  console.error(reason)
}
// A device that hangs would keep the process alive.
process.exit(0)
