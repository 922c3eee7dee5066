/**
 * @file `npm run test:package [-- PART…]`: packs the package and tries the tarball as a user would,
 * in temporary projects (`test/package/PART.ts`; all without a PART). `PART:VARIANT` is one variant
 * of a part, such as `node:24` or `bundlers:vite`; `--ci` are those that take a few minutes in all.
 * Needs the registry. Ends with "N passed, N failed" and exit code 1 where one failed.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, setup } from './setup.mjs'

const CI = ['node:lowest', 'deno', 'types:7', 'bundlers:esbuild']

setup()
const folder = join(root, 'dist', 'test', 'package')
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -'.js'.length))
const args = process.argv.slice(2).flatMap((arg) => (arg === '--ci' ? CI : [arg]))
const unknown = args.filter((arg) => !known.includes(arg.split(':')[0]))
if (unknown.length > 0) {
  console.error(`test:package: expected ${known.join(', ')} (or PART:VARIANT), or --ci, got ${unknown.join(', ')}`)
  process.exit(2)
}
/** Variants by part: those of one part run together. */
const parts = new Map()
for (const arg of args.length > 0 ? args : known) {
  const [part, ...variants] = arg.split(':')
  parts.set(part, [...(parts.get(part) ?? []), ...variants])
}

const temporary = mkdtempSync(join(tmpdir(), 'adzus-tarball-'))
const sum = { passed: 0, failed: 0 }
try {
  const { pack } = await import('../dist/test/support/packed.js')
  const tarball = pack(temporary)
  for (const [part, variants] of parts) await tryPart(part, variants, tarball)
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
console.log(`\n${sum.passed} passed, ${sum.failed} failed`)
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0

/** Runs one part, which prints its counts last. */
async function tryPart(part, variants, tarball) {
  console.log(`\n— ${[part, ...variants].join(' ')}`)
  const env = { ...process.env, ADZUS_TARBALL: tarball }
  const child = spawn(process.execPath, [join(folder, `${part}.js`), ...variants], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (piece) => {
    output += piece
    process.stdout.write(piece)
  })
  const begin = Date.now()
  const code = await new Promise((resolve) => child.on('close', resolve))
  console.log(`${Math.round((Date.now() - begin) / 1000)} s`)
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? [0, 0, 0]
  sum.passed += Number(passed)
  sum.failed += code !== 0 && Number(failed) === 0 ? 1 : Number(failed)
}
