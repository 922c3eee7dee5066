/** @file `segment --profile`, `--trace`, `--threads` and the environment's ADZUS_DEBUG and ADZUS_THREADS, from outside. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { adzus, type Ended, filesBelow, temporaryFolder } from './support/cli.ts'
import { disc, writePng } from './support/pictures.ts'

const FAST = ['--backend', 'cpu', '--size', '64', '--threshold', '0.2', '--no-cache']
const STAGES = ['text', 'vae', 'unet', 'aggregate', 'group', 'label', 'foreground']
/** What happens while the device works for another image. */
const BESIDE = ['decode', 'write']

const picture = () => writePng({ width: 30, height: 20, colour: 'rgb', depth: 8, samples: Array.from(disc(30, 20)) })

interface Event {
  name: string
  ph: string
  tid: number
  ts: number
  dur: number
  cat: string
  args: Record<string, number | string>
}

describe('--profile and --trace over several images, one of them bad', () => {
  let folder: string
  let run: Ended
  let lines: { status: string; kernels: { name: string; calls: number; milliseconds: number; flops: number }[] }[]
  let traceEvents: Event[]
  let [kernels, stages]: Event[][] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'adzus-test-'))
    await writeFile(join(folder, 'a.png'), picture())
    await writeFile(join(folder, 'b.png'), picture())
    await writeFile(join(folder, 'bad.png'), 'nothing')
    run = await adzus(['segment', 'a.png', 'bad.png', 'b.png', '--json', '--profile', '--trace', 'sub/t.json', ...FAST], {
      cwd: folder,
    })
    lines = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    ;({ traceEvents } = JSON.parse(await readFile(join(folder, 'sub', 't.json'), 'utf8')))
    const spans = traceEvents.filter(({ ph }) => ph === 'X')
    kernels = spans.filter(({ cat }) => cat === 'kernel')
    stages = spans.filter(({ cat }) => cat === 'stage')
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('a line for each image and one for the profile, and a file for the trace', async () => {
    assert.equal(run.code, 1)
    assert.deepEqual(
      lines.map(({ status }) => status),
      ['done', 'failed', 'done', 'profile'],
    )
    assert.deepEqual(await filesBelow(join(folder, 'sub')), ['t.json'])
  })

  test('tracks have names', () => {
    const names = new Map(traceEvents.filter(({ name }) => name === 'thread_name').map(({ tid, args }) => [tid, args['name']]))
    assert.equal(traceEvents[0]!.args['name'], 'adzus')
    assert.ok(kernels.every(({ tid }) => /^kernels: CPU/.test(`${names.get(tid)}`)))
    for (const { name, tid } of stages) assert.match(`${names.get(tid)}`, BESIDE.includes(name) ? /^beside( \d+)?$/ : /^stages$/)
  })

  test('stages: loading, then those of each image within it', () => {
    const named = (name: string) => stages.filter((s) => s.name === name)
    for (const name of ['check f16', 'load unet', 'load vae']) assert.equal(named(name).length, 1, name)
    for (const image of ['a.png', 'b.png']) {
      const [whole] = named(image)
      const inside = stages.filter((s) => s !== whole && s.ts >= whole!.ts && s.ts + s.dur <= whole!.ts + whole!.dur)
      const own = inside.map(({ name }) => name).filter((name) => STAGES.includes(name))
      assert.deepEqual(own, STAGES, image)
    }
    assert.deepEqual([named('bad.png').length, named('write').length], [0, 2])
    assert.equal(named('decode').length, 3)
    assert.equal(named('decode').filter(({ args }) => args['failed']).length, 1)
  })

  test('every kernel lies within a stage and says what it did', () => {
    assert.ok(kernels.length > 100)
    for (const { name, ts, dur, args } of kernels) {
      assert.ok(
        stages.some((s) => s.ts <= ts && ts + dur <= s.ts + s.dur),
        `${name} at ${ts}`,
      )
      assert.match(`${args['shape']}`, /^\w+ (.*\] )?→ \[/)
      assert.ok(Number(args['bytes']) > 0)
      assert.equal(typeof args['GFLOP/s'], 'number')
    }
  })

  test('the profile sums the kernels of the images', () => {
    const images = stages.filter(({ name }) => /^\w+\.png$/.test(name))
    const own = kernels.filter(({ ts }) => images.some((s) => s.ts <= ts && ts <= s.ts + s.dur))
    const rows = lines.at(-1)!.kernels
    assert.deepEqual(rows.map((r) => r.name).sort(), [...new Set(own.map((e) => e.name))].sort())
    for (const { name, calls, milliseconds, flops } of rows) {
      const events = own.filter((e) => e.name === name)
      assert.equal(calls, events.length, name)
      assert.equal(
        flops,
        events.reduce((n, e) => n + Number(e.args['flops']), 0),
        name,
      )
      assert.ok(Math.abs(events.reduce((n, e) => n + e.dur, 0) / 1000 - milliseconds) < 0.001 * calls, name)
    }
    const table = run.stderr.split('\n').filter((line) => /^\w+ +\d+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+$/.test(line))
    assert.deepEqual(
      table.map((line) => line.split(/ +/).slice(0, 2)),
      [...rows.map(({ name, calls }) => [name, `${calls}`]), ['all', `${own.length}`]],
    )
  })
})

test('a trace that cannot be written: said before any work, and nothing is left behind', {
  skip: process.platform === 'win32',
}, async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'a.png'), picture())
  await mkdir(join(folder, 'taken'))
  // Where it can be replaced, as for root, a device would be gone afterwards; here only a link to one would.
  await symlink('/dev/null', join(folder, 'device'))
  for (const [trace, message] of [
    ['taken', /write \(taken\): expected a file that can be written, got a folder\. Choose another --trace/],
    ['a.png/t.json', /write \(a\.png\/t\.json\): expected a file that can be written, got /],
    ['a.png', /write \(a\.png\): expected a name that no input has, got an input/],
    ['device', /write \(device\): expected a file that can be written, got a device or pipe/],
    ['out/a.json', /write \(out\/a\.json\): expected a file that can be written, got the name of a result/],
  ] as const) {
    const { code, stdout, stderr } = await adzus(['segment', 'a.png', '--trace', trace, ...FAST], { cwd: folder })
    assert.equal(code, 1, trace)
    assert.equal(stdout, '')
    assert.match(stderr, message)
    assert.deepEqual(await filesBelow(folder), ['a.png'])
  }
  // A run that fails as a whole has nothing to trace.
  const { code } = await adzus(['segment', 'a.png', '--trace', 't.json', '--model', 'missing', ...FAST], { cwd: folder })
  assert.equal(code, 1)
  assert.deepEqual(await filesBelow(folder), ['a.png'])
})

test('ADZUS_DEBUG: lines on standard error, by level', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'a.png'), picture())
  const at = (level: string) => adzus(['segment', 'a.png', ...FAST], { cwd: folder, env: { ADZUS_DEBUG: level } })
  const kinds = (text: string) => [...new Set([...text.matchAll(/^\[(\w+)\] /gm)].map(([, kind]) => kind))].sort()
  const one = await at('1')
  assert.equal(one.code, 0)
  assert.deepEqual(kinds(one.stderr), ['stage'])
  for (const stage of ['load unet', 'load vae', ...BESIDE, ...STAGES, 'a.png'])
    assert.match(one.stderr, new RegExp(`^\\[stage\\] ${stage}: [\\d.]+ ms$`, 'm'))
  assert.equal(one.stdout.split('\n').length, 2, 'standard output is as ever')
  assert.deepEqual(kinds((await at('2')).stderr), ['kernel', 'stage'])
  assert.deepEqual(kinds((await at('3')).stderr), ['kernel', 'source', 'stage'])
  assert.equal((await at('0')).stderr, '')
})

test('threads: by option, else by environment', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'a.png'), picture())
  const threads = async (args: string[], env: Record<string, string>) => {
    const { code, stderr } = await adzus(['segment', 'a.png', ...args, ...FAST], { cwd: folder, env })
    assert.equal(code, 0, stderr)
    return /(\d+) threads?\)/.exec(JSON.parse(await readFile(join(folder, 'out', 'a.json'), 'utf8')).adapter)?.[1]
  }
  assert.equal(await threads([], { ADZUS_THREADS: '1' }), '1')
  assert.equal(await threads(['--threads', '3'], { ADZUS_THREADS: '1' }), '3')
})

test('numbers that are none end with 2', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'a.png'), picture())
  const calls: [string[], Record<string, string>, RegExp][] = [
    [['--threads', '0'], {}, /segment \(--threads\): expected a whole number from 1 to 256, got 0/],
    [['--threads', '1.5'], {}, /--threads.* got 1\.5/],
    [[], { ADZUS_THREADS: '257' }, /ADZUS_THREADS.* from 1 to 256, got 257/],
    [[], { ADZUS_DEBUG: '4' }, /ADZUS_DEBUG.* from 0 to 3, got 4/],
    [[], { ADZUS_DEBUG: 'yes' }, /ADZUS_DEBUG.* got yes/],
  ]
  for (const [args, env, message] of calls) {
    const { code, stdout, stderr } = await adzus(['segment', 'a.png', ...args, ...FAST], { cwd: folder, env })
    assert.equal(code, 2, stderr)
    assert.equal(stdout, '')
    assert.match(stderr, message)
  }
})
