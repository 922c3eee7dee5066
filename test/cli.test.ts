/**
 * @file `adzus segment` from outside: processes with the embedded model on the CPU, at a small size, since what is tested here are files, messages and exit codes.
 */
import assert from 'node:assert/strict'
import { type spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { packageRoot } from '../src/platform/directory.ts'
import { adzus, filesBelow, temporaryFolder } from './support/cli.ts'
import { FAST, lines, picture, SUFFIXES, save } from './support/cli-segment.ts'

test('wrong calls end with 2 and say what is wrong', async (t) => {
  const folder = await temporaryFolder(t)
  await save(folder, { 'a.png': picture(20, 20, 'rgb') })
  const calls: [string[], RegExp][] = [
    [['segmnt', 'a.png'], /Did you mean segment\?/],
    [['segment'], /no input/],
    [['segment', 'a.png', '--sise', '64'], /--sise.* Did you mean --size\?/],
    [['segment', '-a.png'], /-a\): expected a known option, got -a\. .* come after --\./],
    [['segment', 'a.png', '--output'], /expected a value FOLDER, got nothing/],
    [['segment', 'a.png', '--output='], /expected a value FOLDER, got nothing/],
    [['segment', 'a.png', '--timesteps', ''], /expected a value T,…, got nothing/],
    [['doctor', 'a.png'], /expected options only, got a\.png/],
    [['models', 'list', 'a.png'], /expected options only, got a\.png/],
    [['segment', 'a.png', '--output', '--json'], /expected a value FOLDER, got --json/],
    [['segment', 'a.png', '--quiet=yes'], /expected no value, got yes/],
    [['segment', 'a.png', '--size', 'big'], /--size.* got big/],
    [['segment', 'a.png', '--timesteps', '300,'], /numbers separated by commas/],
    [['segment', 'a.png', '--anchors', '4,5'], /one number/],
    [['segment', 'a.png', '--backend', 'cpuu'], /Did you mean cpu\?/],
    [['segment', 'a.png', '--foreground', 'centre'], /foreground.* got centre/],
    [['segment', 'a.png', '--threshold', '1', '--thresholds', '1'], /got both/],
    [['segment', 'a.png', '--backend', 'cpu', '--threshold', '0'], /thresholds.*above 0/],
    [['segment', 'a.png', '--backend', 'cpu', '--heads', '99'], /heads.* got 99/],
    [['segment', 'a.png', '--backend', 'cpu', '--batch', '65'], /--batch.*from 1 to 64, got 65/],
  ]
  for (const [args, message] of calls) {
    const { code, stdout, stderr } = await adzus(args, { cwd: folder })
    assert.equal(code, 2, args.join(' '))
    assert.equal(stdout, '')
    assert.match(stderr, message)
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
  }
})

test('help and version go to standard output', async () => {
  for (const [args, text] of [
    [['--help'], /adzus COMMAND/],
    [['help', 'segment'], /adzus segment INPUT/],
    [['help', 'models', 'pull'], /adzus models pull/],
    [['segment', '--help'], /adzus segment INPUT/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
  ] as const) {
    const { code, stdout, stderr } = await adzus(args)
    assert.equal(code, 0)
    assert.match(stdout, text)
    assert.equal(stderr, '')
  }
})

test('Ctrl-C ends with 130, with whole results or none', { skip: process.platform === 'win32' }, async (t) => {
  const folder = await temporaryFolder(t)
  const photo = 'data/bccd/images/BloodImage_00163.jpg'
  for (const name of ['a', 'b', 'c']) await copyFile(photo, join(folder, `${name}.jpg`))
  let child: ReturnType<typeof spawn> | undefined
  const run = await adzus(['segment', folder, '-o', join(folder, 'out'), '--backend', 'cpu', '--size', '128', '--json'], {
    onStart: (started) => {
      child = started
    },
    // The first picture is done, the second is being worked on.
    onOutput: (text) => {
      if (text.includes('\n')) child?.kill('SIGINT')
      child = undefined
    },
  })
  assert.equal(run.code, 130)
  assert.equal(run.stderr, '')
  const done = lines(run).map((l) => l.input.slice(-5, -4))
  assert.ok(done.length < 3)
  assert.deepEqual(
    await filesBelow(join(folder, 'out')),
    done.flatMap((name) => SUFFIXES.map((s) => `${name}.${s}`)),
  )
})

test('a reader that goes away does not end the work', async (t) => {
  const folder = await temporaryFolder(t)
  await save(folder, { 'a.png': picture(20, 20, 'rgb'), 'b.png': picture(20, 20, 'rgb') })
  const run = await adzus(['segment', folder, '-o', join(folder, 'out'), '--json', ...FAST], {
    onStart: (child) => child.stdout!.destroy(),
  })
  assert.equal(run.stderr, '')
  assert.equal(run.code, 0)
  assert.equal((await filesBelow(join(folder, 'out'))).length, 8)
})

test('output that cannot be written is said once and fails the run, but not the work', { skip: !existsSync('/dev/full') }, async (t) => {
  const folder = await temporaryFolder(t)
  await save(folder, { 'a.png': picture(20, 20, 'rgb'), 'b.png': picture(20, 20, 'rgb') })
  const full = openSync('/dev/full', 'w')
  t.onTestFinished(() => closeSync(full))
  const run = spawnSync(process.execPath, [join(packageRoot(), 'bin', 'adzus.js'), 'segment', folder, '-o', join(folder, 'out'), ...FAST], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  assert.match(run.stderr, /^(adzus: running on .*\n)?adzus: what belongs on standard output could not be written: a full disk\n$/)
  assert.equal(run.status, 1)
  assert.equal((await filesBelow(join(folder, 'out'))).length, 8)
})

test('--tune without WebGPU says that it does nothing; spaces in lists do not count; one segment is one segment', async (t) => {
  const folder = await temporaryFolder(t)
  await save(folder, { 'a.png': picture(20, 20, 'rgb') })
  const { code, stdout, stderr } = await adzus(
    ['segment', 'a.png', '--tune', '--layers', 'up_blocks, mid_block', ...FAST, '--threshold', '9'],
    { cwd: folder },
  )
  assert.equal(code, 0)
  assert.match(stderr, /^adzus: --tune measures kernels of WebGPU, and this is CPU .*\n$/)
  assert.match(stdout, /: 1 segment, /)
})

test('the demo says in a line what is wrong with its call', () => {
  for (const [args, message] of [
    [['missing.png', '--backend', 'cpu'], /^ENOENT: no such file or directory, open 'missing\.png'\n$/],
    [['--bakend', 'cpu'], /^Unknown option '--bakend'.*\n$/],
  ] as const) {
    const run = spawnSync(process.execPath, [join(packageRoot(), 'dist', 'examples', 'demo.js'), ...args], { encoding: 'utf8' })
    assert.match(run.stderr, message)
    assert.equal(run.status, 1)
  }
})
