/**
 * @file Runs that are killed, and several that write into one folder: what NAME.json vouches for is there as it was written, and nothing is left
 * behind. ADZUS_KILLS=200 makes the loop of kills a long one; ADZUS_SEED chooses its moments.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { type TestContext, test } from 'vitest'
import { TraceFile } from '../src/cli/segment/trace-file.ts'
import { openBackend } from '../src/index.ts'
import { place as placeName } from '../src/platform/temporary.ts'
import { adzus, type Ended, filesBelow, temporaryFolder } from './support/cli.ts'
import { disc, writePng } from './support/pictures.ts'
import { random } from './support/random.ts'

const FAST = ['--backend', 'cpu', '--threads', '1', '--size', '64', '-q']
const SUFFIXES = ['json', 'labels.png', 'mask.png', 'overlay.png']
const NAMES = ['a', 'b', 'c', 'd', 'sub/e', 'sub/f']
const RESULTS = NAMES.flatMap((name) => SUFFIXES.map((suffix) => `${name}.${suffix}`)).sort()

/** A folder `in` with pictures of different sizes. */
async function pictures(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'in', 'sub'), { recursive: true })
  for (const [i, name] of NAMES.entries()) {
    const [width, height] = [16 + 8 * i, 24]
    await writeFile(join(folder, 'in', `${name}.png`), writePng({ width, height, colour: 'rgb', depth: 8, samples: disc(width, height) }))
  }
  return folder
}

/** Every NAME.json that is there must vouch for what lies beside it. Returns the parameters of each. */
async function vouched(output: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const name of NAMES) {
    const text = await readFile(join(output, `${name}.json`), 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const { resultFiles, parameters } = JSON.parse(text)
    for (const kind of ['labels', 'mask', 'overlay']) {
      const bytes = await readFile(join(output, `${name}.${kind}.png`))
      const digest = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
      assert.deepEqual(resultFiles[kind], digest, `${name}.${kind}.png`)
    }
    found[name] = parameters
  }
  return found
}

const labelsOf = (output: string) => Promise.all(NAMES.map((name) => readFile(join(output, `${name}.labels.png`))))

test('killed at any moment, a run leaves whole results, and the next one goes on', { skip: process.platform === 'win32' }, async (t) => {
  const folder = await pictures(t)
  const output = join(folder, 'out')
  const start = performance.now()
  assert.equal((await adzus(['segment', 'in', '-o', 'whole', ...FAST], { cwd: folder })).code, 0)
  const duration = performance.now() - start
  const numbers = random(Number(process.env['ADZUS_SEED'] ?? 1))
  const kills = Number(process.env['ADZUS_KILLS'] ?? 5)
  for (let kill = 0; kill < kills; kill++) {
    // Without --resume there is always something to write.
    const again = kill % 3 === 2 ? [] : ['--resume']
    let timer: NodeJS.Timeout | undefined
    await adzus(['segment', 'in', '-o', 'out', ...again, ...FAST], {
      cwd: folder,
      onStart: (child: ChildProcess) => {
        timer = setTimeout(() => child.kill('SIGKILL'), duration * (0.3 + 0.7 * numbers.next()))
      },
    })
    clearTimeout(timer)
    await vouched(output)
  }
  assert.equal((await adzus(['segment', 'in', '-o', 'out', '--resume', ...FAST], { cwd: folder })).code, 0)
  assert.deepEqual(await filesBelow(output), RESULTS)
  assert.equal(Object.keys(await vouched(output)).length, NAMES.length)
  assert.deepEqual(await labelsOf(output), await labelsOf(join(folder, 'whole')))
})

for (const [what, first, second] of [
  ['with --resume', ['--resume'], ['--resume']],
  ['without --resume', [], []],
  ['with and without --resume', ['--resume'], []],
  ['with other parameters', ['--threshold', '0.1', '--resume'], ['--threshold', '1.5']],
] as const)
  test(`two processes in one folder, ${what}: both end well, and all is whole`, async (t) => {
    const folder = await pictures(t)
    const run = (options: readonly string[]) => adzus(['segment', 'in', '-o', 'out', ...options, ...FAST], { cwd: folder })
    const both: Ended[] = await Promise.all([run(first), run(second)])
    assert.deepEqual(
      both.map(({ code, stderr }) => ({ code, stderr })),
      both.map(() => ({ code: 0, stderr: '' })),
    )
    const output = join(folder, 'out')
    assert.deepEqual(await filesBelow(output), RESULTS)
    assert.equal(Object.keys(await vouched(output)).length, NAMES.length)
  })

test('what killed runs left is removed at the start of the next, also beside a trace', async (t) => {
  const folder = await pictures(t)
  const { pid } = spawnSync(process.execPath, ['--version'])
  const left = `.adzus-${placeName()}-${pid}-0123456789abcdef.tmp`
  for (const below of ['out', 'out/sub', 'traces', 'elsewhere']) {
    await mkdir(join(folder, below), { recursive: true })
    await writeFile(join(folder, below, left), 'half')
    await writeFile(join(folder, below, '.adzus.lease'), `${placeName()} ${pid} 00`)
  }
  const { code } = await adzus(['segment', 'in', '--trace', 'traces/t.json', ...FAST], { cwd: folder })
  assert.equal(code, 0)
  assert.deepEqual(await filesBelow(join(folder, 'out')), RESULTS)
  assert.deepEqual(await filesBelow(join(folder, 'traces')), ['t.json'])
  assert.equal((await filesBelow(join(folder, 'elsewhere'))).length, 2)
})

test('a link that lies in wait under a trace’s temporary name is not followed', { skip: process.platform === 'win32' }, async (t) => {
  const folder = await temporaryFolder(t)
  const [victim, trace] = [join(folder, 'victim'), join(folder, 't.json')]
  await writeFile(victim, 'somebody’s')
  await symlink(victim, `${trace}.${process.pid}.trace.tmp`)
  const backend = await openBackend('cpu', { threads: 1 })
  t.onTestFinished(() => backend.dispose())
  const file = await TraceFile.open(trace, backend, [], [])
  file.finish()
  JSON.parse(await readFile(trace, 'utf8'))
  assert.equal(await readFile(victim, 'utf8'), 'somebody’s')
  assert.deepEqual(await filesBelow(folder), ['t.json', 'victim'])
})
