/**
 * @file `npm test [NAME…]`: sets everything up, then runs the tests (or those whose file name contains a NAME), each file in a process of its own.
 * Ends with "N passed, N failed" and exit code 1 if a test failed or none ran.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { root, setup } from './setup.mjs'

setup()
process.chdir(root)
const names = process.argv.slice(2)
const folder = join(root, 'dist', 'test')
const files = readdirSync(folder)
  .filter((f) => f.endsWith('.test.js') && (names.length === 0 || names.some((n) => f.includes(n))))
  .map((f) => join(folder, f))

const count = { passed: 0, failed: 0, skipped: 0 }
const tests = run({ files, concurrency: 2 })
tests.on('test:pass', ({ skip, details }) => {
  if (details.type !== 'suite') count[skip === undefined ? 'passed' : 'skipped']++
})
tests.on('test:fail', () => count.failed++)
tests.compose(new spec()).pipe(process.stdout, { end: false })
tests.on('end', () =>
  // After the reporter's last words.
  setImmediate(() => {
    console.log(`\n${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`)
    process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0
  }),
)
