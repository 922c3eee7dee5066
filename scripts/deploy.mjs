/**
 * @file `npm run test:deploy -- slurm | snakemake | kubernetes`: the files of `deploy/` with the real engine, installed where it is
 * missing (Debian's and Python's packages). Every claim is a line; the last one counts them.
 */
import { setup } from './setup.mjs'

const PARTS = {
  slurm: () => import('./deploy/slurm.mjs'),
  snakemake: () => import('./deploy/snakemake.mjs'),
  kubernetes: () => import('./deploy/kubernetes.mjs'),
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !Object.hasOwn(PARTS, name))
if (names.length === 0 || unknown.length > 0) {
  console.error(`test:deploy: expected some of ${Object.keys(PARTS).join(', ')}, got ${unknown[0] ?? 'nothing'}`)
  process.exit(2)
}
setup()
let [passed, failed] = [0, 0]
/** A claim: what it says, and whether it holds. */
const check = (what, holds, got) => {
  if (holds) passed++
  else failed++
  console.log(`${holds ? 'passed' : 'FAILED'}: ${what}${holds || got === undefined ? '' : ` (got ${got})`}`)
}
try {
  for (const name of names) await (await PARTS[name]()).test(check)
} catch (error) {
  check(`it goes on to its end (${error.stack})`, false)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
