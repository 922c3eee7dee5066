/**
 * @file `npm run goldens -- FOLDER [--backend cpu|webgpu] [--case NAME]`: one line a case and quantity with its largest error, then "N passed, N failed".
 * Exit code 1 where an error is above its tolerance, 2 for a wrong call.
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { type BackendKind, openBackend } from '../../src/open-backend.ts'
import { type Line, runGoldens } from './goldens.ts'

const USAGE = 'usage: npm run goldens -- FOLDER [--backend cpu|webgpu] [--case NAME]'

async function main(): Promise<number> {
  let parsed: { positionals: string[]; values: { backend?: string; case?: string } }
  try {
    parsed = parseArgs({ allowPositionals: true, options: { backend: { type: 'string' }, case: { type: 'string' } } })
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    return 2
  }
  const [folder, ...more] = parsed.positionals
  if (!folder || more.length > 0) {
    console.error(USAGE)
    return 2
  }
  const backend = await openBackend((parsed.values.backend ?? 'cpu') as BackendKind)
  console.log(`backend: ${backend.kind}, ${backend.description}`)
  const counts = { passed: 0, failed: 0 }
  const print = ({ case: name, quantity, error, tolerance }: Line) => {
    const ok = error <= tolerance
    counts[ok ? 'passed' : 'failed']++
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}  ${quantity}  ${error.toExponential(2)} (tolerance ${tolerance.toExponential(1)})`)
  }
  try {
    await runGoldens(folder, backend, print, parsed.values.case)
  } catch (error) {
    counts.failed++
    console.log(`FAIL ${(error as Error).message}`)
  }
  await backend.dispose()
  console.log(`${counts.passed} passed, ${counts.failed} failed`)
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0
}

process.exitCode = await main()
