/** @file What people read: names that would write to the terminal, errors of the system, wrong values of options. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'vitest'
import { UsageError } from '../src/cli/arguments.ts'
import { segment } from '../src/cli/commands/segment.ts'
import { AdzusError } from '../src/errors.ts'
import { exceeding, fileSize, inWords, memorySize, printable } from '../src/messages.ts'
import { adzus, filesBelow, temporaryFolder } from './support/cli.ts'
import { disc, writePng } from './support/pictures.ts'

const FAST = ['--backend', 'cpu', '--size', '64']
const PNG = writePng({ width: 20, height: 20, colour: 'rgb', depth: 8, samples: disc(20, 20) })
/** What no line of ours contains; lines end with a line feed. */
const CONTROLS = /[^\P{Cc}\n]|[\u2028\u202e]/u

test('control characters are shown as escapes; other letters stay', () => {
  assert.equal(
    printable('ä – 図 \\ a\n\r\t\x00\x1b[31m\x7f\x9b2J\u2028\u202e'),
    'ä – 図 \\ a\\n\\r\\t\\u0000\\u001b[31m\\u007f\\u009b2J\\u2028\\u202e',
  )
  const name = 'a\n\x1b]0;x\x07.png'
  const failure = { what: name, where: name, expected: name, got: name, hint: name }
  const { message, failure: kept } = new AdzusError(failure)
  assert.doesNotMatch(message, CONTROLS)
  assert.equal(message.split('\n').length, 1)
  // Who asks for the parts gets them as they are.
  assert.equal(kept.where, name)
  assert.match(new AdzusError({ ...failure, lines: true }).message, /got a\n\\u001b/)
})

test('bytes: memory in binary units, files in decimal ones, three digits', () => {
  const sizes = [0, 999, 1000, 1024, 1536, 1_048_575, 13_107_200, 2 ** 31 - 4, 2 ** 40]
  assert.deepEqual(
    sizes.map((n) => memorySize(n)),
    ['0 B', '999 B', '0.977 KiB', '1 KiB', '1.5 KiB', '1 MiB', '12.5 MiB', '2 GiB', '1 TiB'],
  )
  assert.deepEqual(
    sizes.map((n) => fileSize(n)),
    ['0 B', '999 B', '1 kB', '1.02 kB', '1.54 kB', '1.05 MB', '13.1 MB', '2.15 GB', '1.1 TB'],
  )
  assert.equal(exceeding(3 * 2 ** 30, 2 ** 31), '3 GiB')
  assert.equal(exceeding(2 ** 31 + 4, 2 ** 31), '4 bytes more')
})

test('errors of the system are told in words, without code, call and path', () => {
  const error = (code: string, message: string) => Object.assign(new Error(`${code}: ${message}`), { code })
  assert.equal(inWords(error('ENOENT', "no such file or directory, open '/a, b'")), 'no such file')
  assert.equal(inWords(error('EISDIR', 'illegal operation on a directory, read')), 'a folder')
  assert.equal(inWords(error('ENOSPC', 'no space left on device, write')), 'a full disk')
  assert.equal(inWords(error('ETXTBSY', "text file is busy, open '/a'")), 'text file is busy')
  assert.equal(inWords(error('EXDEV', "cross-device link not permitted, rename '/a' -> '/b'")), 'cross-device link not permitted')
  assert.equal(inWords(new Error('stopped')), 'stopped')
  assert.equal(inWords('text'), 'text')
})

test('names with control characters write nothing to the terminal', { skip: process.platform === 'win32' }, async (t) => {
  const folder = await temporaryFolder(t)
  const [good, bad, mask] = ['a\nb\x1b[31m.png', 'c\r\u202e.png', 'd\x9b.mask.png']
  await mkdir(join(folder, 'in\x07'))
  for (const name of [good, mask]) await writeFile(join(folder, 'in\x07', name), PNG)
  await writeFile(join(folder, 'in\x07', bad), 'no picture')
  for (const json of [[], ['--json']]) {
    const { code, stdout, stderr } = await adzus(['segment', 'in\x07', '-o', 'o\x08', ...json, ...FAST], { cwd: folder })
    assert.equal(code, 1)
    for (const text of [stdout, stderr]) assert.doesNotMatch(text, CONTROLS)
    assert.equal(stderr.split('\n').length, 4)
    assert.match(stderr, /^adzus: left out what is called like a result: in\\u0007\/d\\u009b\.mask\.png\./)
    assert.ok(stderr.includes('in\\u0007/c\\r\\u202e.png: image (in\\u0007/c\\r\\u202e.png): expected a PNG'))
    const lines = stdout.trimEnd().split('\n')
    if (json.length > 0)
      assert.deepEqual(
        lines.map((line) => JSON.parse(line).input),
        [`in\x07/${good}`, `in\x07/${bad}`],
      )
    else assert.ok(lines.length === 1 && lines[0]!.startsWith('in\\u0007/a\\nb\\u001b[31m.png: '))
  }
  for (const args of [
    ['seg\x1b[2Jment'],
    ['segment', '--si\x1b[2Jze', '1'],
    ['segment', good, '--size', '6\n4'],
    ['segment', 'none\n/*.png'],
    ['help', '\x07'],
  ]) {
    const { code, stdout, stderr } = await adzus(args, { cwd: folder })
    assert.ok(code === 2 || code === 1)
    assert.equal(stdout, '')
    assert.doesNotMatch(stderr, CONTROLS)
    assert.match(stderr, /^adzus: .*\n$/)
  }
})

test('our own name is said once', async () => {
  const { stderr } = await adzus(['segmnt'])
  assert.match(stderr, /^adzus: command line: expected a command \(segment, [a-z, ]+\), got segmnt\. Did you mean segment\?\n$/)
})

test('values that no option takes are wrong calls, said in a line', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'a.png'), PNG)
  const wrong: [string, string[]][] = [
    ['--thresholds', ['1e400', '0.4,Infinity', 'NaN', '-1', '0', '0.4,,0.4', 'x']],
    ['--threshold', ['1e400', '-Infinity', '0,1']],
    ['--size', ['1e9', '0', '64x', '64x0', '-64', '1.5', '99999999999999999999', 'NaN', '64x64x64']],
    ['--batch', ['0', '-1', '65', '1.5', '1e1', '1e400']],
    ['--threads', ['0', '257', '1e2', 'all']],
    ['--timesteps', ['-1', '1e400', '1.5', '1000000']],
    ['--anchors', ['0', '1e400', '2.5', '-3']],
    ['--noise', ['1e400', '-1', 'x']],
    ['--denoise', ['0', '1e400', '1.5']],
    ['--grid', ['0', '1e400', '1.5']],
    ['--heads', ['-1', '1e400', '0.5']],
    ['--resolutions', ['0', '1e400']],
    ['--weights', ['2', '8=', '=2', '8=-1', '8=x', '3=1', 'nowhere=1', 'head99=1', '8=1e400', 'head0=0,head1=0', 'mid=1,']],
    ['--layers', [',', 'mid_block,', ' ']],
    [
      '--foreground',
      ['point=NaN,1', 'point=1', 'point=1,Infinity', 'point=', 'box=1,2,3', 'box=5,5,1,1', 'text=', 'text= ', 'auto=1', '='],
    ],
    ['--dtype', ['f8', 'F16 ']],
    ['--empty-prompt', ['none']],
  ]
  const calls = wrong.flatMap(([option, values]) => values.map((value) => [`${option}=${value}`]))
  for (const name of ['output', 'model', 'vae', 'base', 'variant', 'trace', 'size', 'foreground'])
    calls.push([`--${name}=`], [`--${name}`, ''])
  // Of an option that is given twice the last counts.
  calls.push([''], ['--batch', '1', '--batch', '0'])
  for (const args of calls)
    await assert.rejects(segment([join(folder, 'a.png'), '-o', join(folder, 'out'), ...FAST, ...args]), (error) => {
      assert.ok(error instanceof UsageError || (error instanceof AdzusError && error.failure.what === 'options'), `${args}: ${error}`)
      assert.match(error.message, /^(segment|options)[^\n]*: expected [^\n]*, got [^\n]*$/)
      return true
    })
  assert.deepEqual(await filesBelow(folder), ['a.png'])
})
