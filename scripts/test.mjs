/**
 * @file `npm test [-- NAME… --adapter swiftshader]`: sets everything up, then runs the tests (or
 * those of files whose path contains a NAME) by vitest, which takes all other options: `-t WORDS`,
 * `--project cpu`, `--watch`, `--coverage`. `--adapter swiftshader` takes the software adapter that
 * comes with Chromium instead of the system's and demands that it is there. Ends with
 * "N passed, N failed" and exit code 1 if a test failed or none ran.
 */
import { existsSync } from 'node:fs'
import { root, setup } from './setup.mjs'

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json'

const args = process.argv.slice(2)
const adapter = takeOption('--adapter')
if (adapter === 'swiftshader' && existsSync(SWIFTSHADER)) {
  process.env.VK_ICD_FILENAMES = SWIFTSHADER
  process.env.ADZUS_REQUIRE_WEBGPU = '1'
} else if (adapter !== undefined) {
  console.error(`--adapter: expected swiftshader (${SWIFTSHADER}), got ${adapter}. On Debian, install the package chromium.`)
  process.exit(2)
}
setup()
process.chdir(root)

const { parseCLI, startVitest } = await import('vitest/node')
const watch = args.includes('--watch') || args.includes('-w')
const { filter, options } = parseCLI(['vitest', ...(watch ? [] : ['run']), ...args])
const vitest = await startVitest('test', filter, { ...options, watch })
if (!watch) {
  const { passed, failed, skipped } = count(vitest.state)
  await vitest.close()
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : (process.exitCode ?? 0)
}

/** Removes an option with its value from the arguments. */
function takeOption(name) {
  const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`))
  if (at < 0) return undefined
  const [arg, next = ''] = args.splice(at, args[at] === name ? 2 : 1)
  return arg === name ? next : arg.slice(name.length + 1)
}

/** Tests by their end. Files, suites and hooks that fail count, too: their tests never ran. */
function count(state) {
  const counts = { passed: 0, failed: state.getUnhandledErrors().length, skipped: 0 }
  for (const file of state.getTestModules()) {
    for (const suite of [file, ...file.children.allSuites()]) if (suite.errors().length > 0) counts.failed++
    for (const test of file.children.allTests()) counts[test.result().state]++
  }
  return counts
}
