/**
 * @file `npm run test:deno [-- NAME…]`: the same tests from the same TypeScript sources under Deno,
 * whose WebGPU is built in, by Deno's own runner (`test/support/deno-vitest.ts`). The tests that
 * start Node's command line or a browser are left out. Ends with "N passed, N failed".
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root, setup } from './setup.mjs'

const NODE_ONLY = /^(cli(-\w+)*|\w+-cli|outputs|doctor|unheard|browser|docs-\w+)\.test\.ts$/

setup()
const names = process.argv.slice(2)
const files = readdirSync(join(root, 'test'))
  .filter((f) => f.endsWith('.test.ts') && !NODE_ONLY.test(f) && (names.length === 0 || names.some((n) => f.includes(n))))
  .map((f) => join('test', f))

// deno.json says where sources find their platform. No type check: `tsc` has done it in setup, with the same options for all platforms.
const args = ['test', '--allow-all', '--no-check', ...files]
const deno = spawn(process.execPath, [join('node_modules', 'deno', 'bin.cjs'), ...args], {
  cwd: root,
  env: { ...process.env, NO_COLOR: '1' },
  stdio: ['ignore', 'pipe', 'inherit'],
})
let output = ''
deno.stdout.on('data', (piece) => {
  output += piece
  process.stdout.write(piece)
})
deno.on('close', (code) => {
  const last = [...output.matchAll(/(\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \| (\d+) ignored)?/g)].at(-1)
  const [passed, failed, skipped] = last ? last.slice(1).map((n) => Number(n ?? 0)) : [0, 0, 0]
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = code !== 0 || failed > 0 || passed === 0 ? 1 : 0
})
