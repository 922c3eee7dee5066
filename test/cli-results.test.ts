/** @file Where `adzus segment` writes, what it never writes over, and what it says of bad pictures. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { adzus, filesBelow, temporaryFolder } from './support/cli.ts'
import { FAST, type Line, lines, picture, SUFFIXES, save } from './support/cli-segment.ts'
import { disc, writeJpeg, writePng } from './support/pictures.ts'

test('segment: bad files among good ones', async (t) => {
  const folder = await temporaryFolder(t)
  const [input, output] = [join(folder, 'in'), join(folder, 'out')]
  const png = picture(40, 30, 'rgb')
  const jpeg = await writeJpeg(40, 30, disc(40, 30))
  await save(input, {
    'a-good.png': png,
    'empty.png': new Uint8Array(0),
    'gif.png': new TextEncoder().encode('GIF89a and more'),
    'one-pixel.png': picture(1, 1, 'rgb'),
    'truncated.png': png.subarray(0, png.length / 2),
    'truncated.jpg': jpeg.subarray(0, jpeg.length / 2),
    'z-good.jpg': jpeg,
  })
  // Alone, and as one batch, which the bad ones do not take down; in the order of the inputs.
  for (const batch of ['1', '8']) {
    const told = await adzus([
      'segment',
      input,
      join(folder, 'missing.png'),
      '-o',
      join(folder, batch),
      '--json',
      '--batch',
      batch,
      ...FAST,
    ])
    assert.deepEqual(
      lines(told).map((l) => `${l.input.split('/').at(-1)} ${l.status}`),
      [
        'a-good.png done',
        ...['empty.png', 'gif.png', 'one-pixel.png', 'truncated.jpg', 'truncated.png'].map((f) => `${f} failed`),
        'z-good.jpg done',
        'missing.png failed',
      ],
    )
  }
  const run = await adzus(['segment', input, join(folder, 'missing.png'), '-o', output, ...FAST])
  assert.equal(run.code, 1)
  assert.equal(run.stdout.trimEnd().split('\n').length, 2)
  assert.match(run.stderr, /^6 of 8 images failed:\n/)
  for (const [name, reason] of [
    ['empty.png', /an empty file/],
    ['gif.png', /a GIF file/],
    ['one-pixel.png', /8 pixels or more .* got 1 × 1/],
    ['truncated.png', /a PNG file, got a broken one/],
    ['truncated.jpg', /missing or damaged data: .*premature end/],
    ['missing.png', /expected a readable file, got no such file\./],
  ] as const) {
    const line = run.stderr.split('\n').find((l) => l.includes(`${name}: `))
    assert.match(line ?? `nothing about ${name}`, reason)
  }
  assert.deepEqual(
    await filesBelow(output),
    ['a-good', 'z-good'].flatMap((name) => SUFFIXES.map((s) => `${name}.${s}`)),
  )
})

test('segment: what is to be said of a picture stands in its NAME.json, in its line, and on standard error', async (t) => {
  const folder = await temporaryFolder(t)
  const whole = picture(40, 30, 'rgb')
  await save(folder, {
    'blank.png': writePng({ width: 40, height: 30, colour: 'grey', depth: 8, samples: new Uint8Array(1200).fill(9) }),
    'cut.png': whole.subarray(0, whole.length - 12),
    'damaged.png': whole.map((byte, i) => (i === 60 ? byte ^ 1 : byte)),
    'whole.png': whole,
  })
  const run = await adzus(['segment', folder, '-o', join(folder, 'out'), '--json', ...FAST])
  assert.equal(run.code, 1)
  const notes: Record<string, string[] | undefined> = {
    blank: ['it is of one colour, so nothing stands out: the mask is empty'],
    cut: ['the file ends too soon, but all its pixels are there'],
    damaged: undefined,
    whole: [],
  }
  const got = lines(run) as (Line & { notes?: string[] })[]
  assert.deepEqual(
    got.map((line) => line.notes),
    Object.values(notes),
  )
  for (const [name, expected] of Object.entries(notes)) {
    const path = join(folder, 'out', `${name}.json`)
    assert.equal(existsSync(path), expected !== undefined)
    if (!expected) continue
    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')).notes, expected)
    for (const note of expected) assert.ok(run.stderr.includes(`${name}.png: ${note}\n`), run.stderr)
  }
  assert.match(run.stderr, /1 of 4 images failed:\n.*damaged\.png/)
})

test('segment: a folder that cannot be written to fails before any work', async (t) => {
  const folder = await temporaryFolder(t)
  await save(folder, { 'a.png': picture(20, 20, 'rgb'), file: new Uint8Array(1) })
  // Where a file is in the way, nobody can make a folder, not even root; /proc refuses with another reason, and only on Linux.
  for (const output of ['file', 'file/below', ...(process.platform === 'linux' ? ['/proc/adzus/out'] : [])]) {
    const { code, stdout, stderr } = await adzus(['segment', 'a.png', '-o', output, ...FAST], { cwd: folder })
    assert.equal(code, 1, output)
    assert.equal(stdout, '')
    assert.match(stderr, /^adzus: write \(.*\): expected a folder that can be written to, got /)
  }
  assert.deepEqual(await filesBelow(folder), ['a.png', 'file'])
})

test('segment: results beside the inputs, but never over one', async (t) => {
  const folder = await temporaryFolder(t)
  const [a, mask] = [picture(20, 20, 'rgb'), picture(24, 20, 'grey')]
  await save(folder, { 'a.png': a, 'a.mask.png': mask, 'b.png': a })
  const run = await adzus(['segment', 'a.png', 'a.mask.png', 'b.png', '-o', '.', ...FAST], { cwd: folder })
  assert.equal(run.code, 1)
  assert.match(run.stderr, /1 of 3 images failed:\n {2}a\.png: write \(a\.mask\.png\): expected a name that no input has/)
  assert.deepEqual(new Uint8Array(await readFile(join(folder, 'a.png'))), a)
  assert.deepEqual(new Uint8Array(await readFile(join(folder, 'a.mask.png'))), mask)
  const results = ['a.mask', 'b'].flatMap((name) => SUFFIXES.map((s) => `${name}.${s}`))
  assert.deepEqual(await filesBelow(folder), [...results, 'a.png', 'a.mask.png', 'b.png'].sort())
})

test('segment: a file of another origin is never lost', async (t) => {
  const folder = await temporaryFolder(t)
  const [a, truth] = [picture(20, 20, 'rgb'), picture(20, 20, 'grey')]
  const notes = new TextEncoder().encode('{ "shapes": [] }')
  // The third is no picture: that its mask is told of, and not this, shows that it was looked at first.
  await save(folder, { 'a.png': a, 'b.png': a, 'c.png': notes, 'd.png': a, 'b.mask.png': truth, 'c.mask.png': truth, 'd.json': notes })
  const call = ['segment', '.', '-o', '.', '--json', ...FAST]
  const run = await adzus(call, { cwd: folder })
  assert.equal(run.code, 1)
  assert.deepEqual(
    lines(run).map((l) => l.status),
    ['done', 'failed', 'failed', 'failed'],
  )
  for (const [i, file] of ['b.mask.png', 'c.mask.png', 'd.json'].entries())
    assert.equal(
      lines(run)[i + 1].error,
      `write (${file}): expected no file yet, or a result of adzus, got a file of another origin. Choose another --output, or replace it with --overwrite.`,
    )
  assert.match(run.stderr, /^adzus: left out what is called like a result: b\.mask\.png and 1 more\..*\n3 of 4 images failed:\n/)
  const pictures = ['a.png', 'b.png', 'c.png', 'd.png']
  const results = (name: string) => SUFFIXES.map((s) => `${name}.${s}`)
  assert.deepEqual(await filesBelow(folder), [...pictures, 'b.mask.png', 'c.mask.png', 'd.json', ...results('a')].sort())
  for (const name of ['b', 'c']) assert.deepEqual(new Uint8Array(await readFile(join(folder, `${name}.mask.png`))), truth)
  assert.deepEqual(new Uint8Array(await readFile(join(folder, 'd.json'))), notes)

  const willing = await adzus([...call, '--overwrite'], { cwd: folder })
  assert.deepEqual(
    lines(willing).map((l) => l.status),
    ['done', 'done', 'failed', 'done'],
  )
  assert.match(lines(willing)[2].error!, /^image \(c\.png\)/)
  assert.deepEqual(await filesBelow(folder), [...pictures, 'c.mask.png', ...['a', 'b', 'd'].flatMap(results)].sort())
  // An input is more than a file of another origin.
  const both = await adzus(['segment', 'c.mask.png', 'c.png', '-o', '.', '--json', '--overwrite', ...FAST], { cwd: folder })
  assert.match(lines(both)[1].error!, /expected a name that no input has/)
  assert.deepEqual(new Uint8Array(await readFile(join(folder, 'c.mask.png'))), truth)
})

test('segment: results of earlier runs are no inputs, and are replaced', async (t) => {
  const folder = await temporaryFolder(t)
  const a = picture(20, 20, 'rgb')
  await save(folder, { 'a.png': a })
  const results = SUFFIXES.map((s) => `a.${s}`)
  const [, ...pictures] = results
  // As a folder, as a pattern of ours, and as a shell's, which names every file: the second time with the results of the first.
  const calls = [['.'], ['.'], ['*.png'], ['a.png', ...pictures]]
  for (const [i, inputs] of calls.entries()) {
    const run = await adzus(['segment', ...inputs, '-o', '.', '--json', ...FAST], { cwd: folder })
    assert.deepEqual(
      lines(run).map((l) => `${l.input} ${l.status}`),
      ['a.png done'],
    )
    assert.equal(run.code, 0)
    assert.equal(run.stderr, i < 3 ? '' : 'adzus: left out results of adzus: a.labels.png and 2 more. Rename one to segment it.\n')
    assert.deepEqual(await filesBelow(folder), [...results, 'a.png'].sort())
  }
  // An interrupted run leaves pictures without JSON.
  await rm(join(folder, 'a.json'))
  assert.equal((await adzus(['segment', 'a.png', '-o', '.', ...FAST], { cwd: folder })).code, 0)

  await rm(join(folder, 'a.png'))
  for (const inputs of [['.'], ['*.png'], pictures]) {
    const { code, stderr } = await adzus(['segment', ...inputs, ...FAST], { cwd: folder })
    assert.equal(code, 1)
    assert.match(stderr, /^adzus: segment \(.*\): expected PNG.* images, got only results of adzus\. Rename one to segment it\.\n$/)
  }
  await save(folder, { 'b.mask.png': a })
  const alike = await adzus(['segment', '.', ...FAST], { cwd: folder })
  assert.equal(alike.code, 1)
  assert.match(alike.stderr, /got only files called like results \(b\.mask\.png\)\. Name one itself to segment it\.\n$/)
  const named = await adzus(['segment', '.', 'b.mask.png', '--json', ...FAST], { cwd: folder })
  assert.deepEqual(
    lines(named).map((l) => `${l.input} ${l.status}`),
    ['b.mask.png done'],
  )
  assert.equal(named.stderr, '')
})
