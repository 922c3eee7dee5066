/**
 * @file `npm test [-- NAME… --adapter swiftshader]`: sets everything up, then runs the tests (or those whose file name contains a NAME), each file in a process of its
 * own. `--adapter swiftshader` takes the software adapter that comes with Chromium instead of the system's and demands that it is there.
 * Ends with "N passed, N failed" and exit code 1 if a test failed or none ran.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { root, setup } from './setup.mjs'

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json'

setup()
process.chdir(root)
// Tests of the command line leave the user's cache alone.
process.env.ADZUS_CACHE ??= 'off'
const { positionals: names, values } = parseArgs({ allowPositionals: true, options: { adapter: { type: 'string' } } })
if (values.adapter === 'swiftshader' && existsSync(SWIFTSHADER)) {
  process.env.VK_ICD_FILENAMES = SWIFTSHADER
  process.env.ADZUS_REQUIRE_WEBGPU = '1'
} else if (values.adapter !== undefined) {
  console.error(`--adapter: expected swiftshader (${SWIFTSHADER}), got ${values.adapter}. On Debian, install the package chromium.`)
  process.exit(2)
}
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
