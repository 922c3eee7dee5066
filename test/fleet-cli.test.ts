/** @file A run of many tasks: parts, claims, ends in time, and what `adzus status` says of them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { type TestContext, test } from 'vitest'
import { Claims } from '../src/cli/fleet/claims.ts'
import { claimsFolder } from '../src/cli/fleet/place.ts'
import type { Status } from '../src/cli/fleet/status.ts'
import { place } from '../src/platform/temporary.ts'
import { adzus, filesBelow, temporaryFolder } from './support/cli.ts'
import { disc, writePng } from './support/pictures.ts'

const FAST = ['--backend', 'cpu', '--threads', '1', '--size', '64', '-q']
const NAMES = ['a', 'b', 'c', 'd', 'e']

/** A folder with `in`, pictures of different sizes. */
async function pictures(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'in'))
  for (const [i, name] of NAMES.entries()) {
    const [width, height] = [16 + 8 * i, 24]
    await writeFile(join(folder, 'in', `${name}.png`), writePng({ width, height, colour: 'rgb', depth: 8, samples: disc(width, height) }))
  }
  return folder
}

/** All results but the records, whose times differ. */
const results = (files: readonly string[]) => files.filter((name) => name.endsWith('.png'))

async function status(folder: string): Promise<Status> {
  const { stdout, code, stderr } = await adzus(['status', 'out', '--json'], { cwd: folder })
  assert.deepEqual([code, stderr], [0, ''])
  return JSON.parse(stdout)
}

test('parts together are one run, byte for byte, and status says so at each step', async (t) => {
  const folder = await pictures(t)
  const part = (shard: string) => adzus(['segment', 'in', '-o', 'out', '--shard', shard, '--resume', ...FAST], { cwd: folder })
  await writeFile(join(folder, 'in', 'broken.png'), 'no picture')
  const codes = [(await part('1/3')).code, (await part('2/3')).code]
  const halfway = await status(folder)
  assert.deepEqual([halfway.pictures, halfway.unstarted, halfway.running], [6, [3], []])
  assert.equal(halfway.done + halfway.left + halfway.failed.length, 6)
  codes.push((await part('3/3')).code)
  // One of them had the broken picture.
  assert.deepEqual(codes.sort(), [0, 0, 1])
  const end = await status(folder)
  assert.deepEqual([end.done, end.left, end.unstarted, end.failed.map(({ name }) => name)], [5, 0, [], ['broken']])
  assert.match(end.failed[0].error, /a text that begins with "no picture"/)
  assert.deepEqual(
    end.tasks.map(({ shard, state, done, failures, pictures: count }) => [shard.index, state, done + failures === count]),
    [1, 2, 3].map((index) => [index, 'ended', true]),
  )
  await adzus(['segment', 'in', '-o', 'whole', ...FAST], { cwd: folder })
  const whole = await filesBelow(join(folder, 'whole'))
  assert.deepEqual(
    (await filesBelow(join(folder, 'out'))).filter((name) => !name.startsWith('.adzus')),
    whole,
  )
  for (const name of results(whole))
    assert.deepEqual(await readFile(join(folder, 'out', name)), await readFile(join(folder, 'whole', name)), name)
  const text = (await adzus(['status', 'out'], { cwd: folder })).stdout
  assert.match(text, /^5 of 6 images done, 1 failed, 0 left/)
  assert.match(text, /in.broken\.png: image \(in.broken\.png\): expected a PNG/)
})

test('two tasks that are given the same pictures do each once', async (t) => {
  const folder = await pictures(t)
  const both = await Promise.all(
    [1, 2].map(() => adzus(['segment', 'in', '-o', 'out', '--shard', '1/1', '--resume', '--json', ...FAST], { cwd: folder })),
  )
  assert.deepEqual(
    both.map(({ code, stderr }) => [code, stderr]),
    both.map(() => [0, '']),
  )
  const lines = both.flatMap(({ stdout }) =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
  assert.equal(lines.length, 2 * NAMES.length)
  const done = lines.filter((line) => line.status === 'done').map(({ input }) => input)
  assert.deepEqual(
    done.sort(),
    NAMES.map((name) => join('in', `${name}.png`)),
  )
  assert.ok(lines.every((line) => ['done', 'skipped', 'elsewhere'].includes(line.status)))
})

test('what another task has in hand is left to it, unless that has ended or been silent for long', async (t) => {
  const folder = await temporaryFolder(t)
  const [ours, theirs] = [new Claims(folder), new Claims(folder)]
  assert.equal(await theirs.take('x'), true)
  assert.equal(await ours.take('x'), false)
  await theirs.release('x')
  assert.equal(await ours.take('x'), true)
  await ours.end()
  assert.deepEqual(await filesBelow(folder), [])

  const claim = async (who: string) => {
    const claims = new Claims(folder)
    await claims.take('x')
    const [path] = (await filesBelow(claimsFolder(folder))).map((name) => join(claimsFolder(folder), name))
    await writeFile(path, who)
    return path
  }
  // A process of this machine that has ended.
  const { pid } = spawnSync(process.execPath, ['--version'])
  await claim(`${place()} ${pid} 00 here 2026-01-01T00:00:00Z x`)
  assert.equal(await ours.take('x'), true)
  await ours.end()
  // One of another machine that has renewed its claim, and has not.
  const path = await claim('ffffffff 1 00 there 2026-01-01T00:00:00Z x')
  assert.equal(await ours.take('x'), false)
  const long = new Date(Date.now() - 6 * 60_000)
  await utimes(path, long, long)
  assert.equal(await ours.take('x'), true)
  await ours.end()
  assert.deepEqual(await filesBelow(folder), [])
})

test('SIGTERM: the image in hand is finished, the next is not begun', { skip: process.platform === 'win32' }, async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'in'))
  for (const name of ['a', 'b', 'c']) await copyFile('data/bccd/images/BloodImage_00163.jpg', join(folder, 'in', `${name}.jpg`))
  const run = await adzus(['segment', 'in', '-o', 'out', '--shard', '1/1', '--backend', 'cpu', '--size', '256', '--save', 'mask,json'], {
    cwd: folder,
    env: { ADZUS_DEBUG: '1' },
    onStart: (child) =>
      child.stderr!.on('data', (text: string) => {
        if (text.includes('[stage] unet') && !child.killed) child.kill('SIGTERM')
      }),
  })
  assert.equal(run.code, 143)
  const files = (await filesBelow(join(folder, 'out'))).filter((name) => !name.startsWith('.adzus'))
  assert.deepEqual(files, ['a.json', 'a.mask.png'])
  const { tasks, running, left } = await status(folder)
  assert.deepEqual([tasks[0].state, tasks[0].done, running, left], ['stopped', 1, [], 2])
})

test('--time-limit: no image is begun that could take too long, and the run says how to go on', async (t) => {
  const folder = await pictures(t)
  const limited = await adzus(['segment', 'in', '-o', 'out', '--shard', '1/1', '--time-limit', '0.0001', ...FAST], { cwd: folder })
  assert.equal(limited.code, 75)
  assert.match(limited.stderr, /^adzus: stopped by --time-limit, 5 images left: the same call with --resume goes on\n$/)
  assert.equal((await status(folder)).tasks[0].state, 'out of time')
  assert.equal((await adzus(['segment', 'in', '-o', 'out', '--time-limit', '60', ...FAST], { cwd: folder })).code, 0)
})

test('a killed task is seen as such, and more parts than images is no failure', { skip: process.platform === 'win32' }, async (t) => {
  const folder = await pictures(t)
  const killed = await adzus(['segment', 'in', '-o', 'out', '--shard', '1/1', '--backend', 'cpu', '--size', '64'], {
    cwd: folder,
    env: { ADZUS_DEBUG: '1' },
    onStart: (child) =>
      child.stderr!.on('data', (text: string) => {
        if (text.includes('[stage] unet')) child.kill('SIGKILL')
      }),
  })
  assert.equal(killed.code, null)
  assert.equal((await status(folder)).tasks[0].state, 'killed')
  const empty = await adzus(['segment', 'in', '-o', 'out', '--shard', '9/9', '--resume', ...FAST], { cwd: folder })
  assert.deepEqual([empty.code, empty.stdout, empty.stderr], [0, '', ''])
})

test('wrong calls', async (t) => {
  const folder = await pictures(t)
  for (const [args, expected] of [
    [['segment', 'in', '--shard', '0/2'], /--shard\): expected I\/N with I from 1 to N .*, got 0\/2/],
    [['segment', 'in', '--shard', 'auto'], /got none of their variables/],
    [['segment', 'in', '--shard', '1/2', '--save', 'mask'], /--shard\): expected json among what is saved/],
    [['segment', 'in', '--time-limit', '0'], /--time-limit\): expected minutes, more than 0, got 0/],
    [['status'], /expected one folder of results, got 0/],
    [['status', 'in'], /status \(in\): expected a folder of results of adzus segment --shard/],
  ] as const) {
    const { code, stderr } = await adzus([...args], { cwd: folder })
    assert.ok(code === 2 || (code === 1 && args[1] === 'in' && args[0] === 'status'), `${args}: ${code}`)
    assert.match(stderr, expected)
  }
})

test('merge: the same bytes from parts in any order as from one run, and what is missing', async (t) => {
  const folder = await pictures(t)
  const save = ['--save', 'json,geojson,coco,csv']
  const segment = (...args: string[]) => adzus(['segment', 'in', ...save, ...args, ...FAST], { cwd: folder })
  const merge = (output: string, ...args: string[]) => adzus(['merge', output, '-o', `${output}-merged`, ...args], { cwd: folder })
  await segment('-o', 'out', '--shard', '3/3')
  const early = await merge('out')
  assert.equal(early.code, 1)
  assert.match(early.stdout, /of 5 are missing: in.a\.png/)
  assert.ok(!(await filesBelow(join(folder, 'out'))).includes('regions.csv'), 'a part makes no file of the whole run')
  for (const shard of ['2/3', '1/3']) await segment('-o', 'out', '--shard', shard)
  await segment('-o', 'whole')
  assert.deepEqual([(await merge('out')).code, (await merge('whole')).code], [0, 0])
  const files = await filesBelow(join(folder, 'out-merged'))
  assert.deepEqual(files, ['annotations.coco.json', 'outlines.geojson', 'regions.csv', 'summary.json'])
  for (const name of files)
    assert.deepEqual(await readFile(join(folder, 'out-merged', name)), await readFile(join(folder, 'whole-merged', name)), name)
  const { features } = JSON.parse(await readFile(join(folder, 'out-merged', 'outlines.geojson'), 'utf8'))
  assert.deepEqual([...new Set(features.map((feature: { properties: { image: string } }) => feature.properties.image))], NAMES)
  // What records do not hold is left out, and said where it was asked for.
  await segment('-o', 'plain', '--save', 'json')
  const plain = await merge('plain', '--save', 'coco')
  assert.equal(plain.code, 1)
  assert.match(plain.stderr, /coco is left out: the records of 5 images do not hold enough. Segment with --save coco,json/)
  await writeFile(join(folder, 'out-merged', 'regions.csv'), 'mine')
  assert.match((await merge('out')).stderr, /a file of another origin/)
  assert.match((await merge('in')).stderr, /merge \(in\): expected a folder of results with NAME.json, got none/)
})
