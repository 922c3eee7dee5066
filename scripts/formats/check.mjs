/**
 * @file `npm run test:formats [-- NAME…]`: what adzus writes, opened by the libraries that others
 * use. Runs every `check-*.py` beside this file (or those whose names contain a NAME) and ends with
 * "N passed, N failed" and exit code 1 if a check failed or none ran.
 *
 * A script says in a line `# needs: MODULE MODULE=PACKAGE …` which Python modules it imports. Where
 * Python (`PYTHON`, by default python3) lacks some, they are installed into an environment below
 * node_modules/.cache, which is used from then on. Each line `ok …` or `FAILED …` that a script
 * prints is a check.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { root, setup } from '../setup.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const wanted = process.argv.slice(2)
const scripts = readdirSync(here)
  .filter((name) => /^check-.*\.py$/.test(name) && (wanted.length === 0 || wanted.some((word) => name.includes(word))))
  .sort()
if (scripts.length === 0) {
  console.error(`expected a part of the name of a check (${readdirSync(here).filter((name) => name.endsWith('.py'))}), got ${wanted}`)
  process.exit(2)
}

setup()
const python = pythonWith(scripts.flatMap(needsOf))
const work = join(root, 'out', 'formats')
rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })

let [passed, failed] = [0, 0]
for (const script of scripts) {
  console.log(script)
  await check(script)
}
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

/** The modules that a script imports, and the packages that have them. */
function needsOf(script) {
  const lines = readFileSync(join(here, script), 'utf8').matchAll(/^# needs: (.+)$/gm)
  return [...lines].flatMap(([, list]) => list.trim().split(/\s+/)).map((need) => [need.split('=')[0], need.split('=').at(-1)])
}

/** Runs a script, shows what it prints, and counts its checks. One that breaks off is a failure. */
async function check(script) {
  const env = { ...process.env, ADZUS_NODE: process.execPath, ADZUS_BIN: join(root, 'bin', 'adzus.js'), ADZUS_CACHE: 'off' }
  const child = spawn(python, [join(here, script), root, join(work, script.replace(/\.py$/, ''))], {
    cwd: root,
    env: { ...env, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(`  ${line}`)
    if (line.startsWith('ok ')) passed++
    if (line.startsWith('FAILED ')) failed++
  }
  const code = child.exitCode ?? (await new Promise((done) => child.once('exit', done)))
  if (code !== 0) {
    console.log(`  FAILED ${script}: it ended with ${code}`)
    failed++
  }
}

/** A Python that has all modules. */
function pythonWith(needs) {
  const own = process.env['PYTHON'] ?? 'python3'
  if (spawnSync(own, ['--version']).status !== 0) {
    console.error(`expected Python 3 (${own}), got none. Install it, or name it in PYTHON.`)
    process.exit(1)
  }
  const missing = (program) => needs.filter(([module]) => spawnSync(program, ['-c', `import ${module}`]).status !== 0)
  if (missing(own).length === 0) return own
  const place = join(root, 'node_modules', '.cache', 'adzus-formats')
  const program = process.platform === 'win32' ? join(place, 'Scripts', 'python.exe') : join(place, 'bin', 'python')
  const install = (command, args) => {
    if (spawnSync(command, args, { stdio: ['ignore', 2, 2] }).status === 0) return
    console.error(`${command} ${args.join(' ')}: it failed`)
    process.exit(1)
  }
  if (!existsSync(program)) install(own, ['-m', 'venv', '--system-site-packages', place])
  const packages = [...new Set(missing(program).map(([, name]) => name))]
  if (packages.length > 0) install(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
  return program
}
