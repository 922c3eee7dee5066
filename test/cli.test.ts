/**
 * @file `adzus segment` from outside: processes with the embedded model on the CPU, at a small size, since what is tested here are files, messages and exit codes.
 */
import assert from 'node:assert/strict'
import { type spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { packageRoot } from '../src/platform/directory.ts'
import { adzus, type Ended, filesBelow, temporaryFolder } from './support/cli.ts'
import { CHANNELS, disc, type PngPicture, writeJpeg, writePng } from './support/pictures.ts'
import { decodeRle } from './support/rle.ts'

const FAST = ['--backend', 'cpu', '--size', '64', '--threshold', '0.2']
const SUFFIXES = ['json', 'labels.png', 'mask.png', 'overlay.png']

type Line = { input: string; status: string; error?: string; segmentCount?: number }

function lines({ stdout }: Ended): Line[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** The disc in one of PNG's forms. */
function picture(width: number, height: number, colour: PngPicture['colour'], depth: PngPicture['depth'] = 8): Uint8Array {
  const rgb = disc(width, height)
  const channels = CHANNELS[colour]
  const samples = Array.from({ length: width * height * channels }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / channels), i % channels]
    if (colour === 'palette') return rgb[3 * pixel] > 200 ? 1 : 0
    if (channel === 3 || (colour === 'greyAlpha' && channel === 1)) return 2 ** depth - 1
    return rgb[3 * pixel + channel] * (depth === 16 ? 257 : 1)
  })
  const palette = colour === 'palette' ? ([[120, 40, 60] as const, [230, 220, 230] as const] as const) : undefined
  return writePng({ width, height, colour, depth, samples, palette })
}

async function save(folder: string, files: Record<string, Uint8Array>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
}

describe('segment: a folder of pictures of every kind', () => {
  const sizes: Record<string, [number, number]> = {
    rgb: [61, 40],
    'deep/grey': [33, 50],
    'deep/sub/rgba': [24, 30],
    grey16: [40, 25],
    greyAlpha: [30, 30],
    palette: [29, 31],
    photo_jpg: [50, 70],
    photo_png: [19, 12],
    wide: [20000, 8],
  }
  const size = (name: string) => sizes[name]
  let [folder, input, output] = ['', '', '']
  let run: Ended
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'adzus-test-'))
    ;[input, output] = [join(folder, 'in'), join(folder, 'out')]
    await save(input, {
      'rgb.png': picture(...size('rgb'), 'rgb'),
      'deep/grey.png': picture(...size('deep/grey'), 'grey'),
      'deep/sub/rgba.png': picture(...size('deep/sub/rgba'), 'rgba'),
      'grey16.PNG': picture(...size('grey16'), 'grey', 16),
      'greyAlpha.png': picture(...size('greyAlpha'), 'greyAlpha'),
      'palette.png': picture(...size('palette'), 'palette', 1),
      'photo.jpg': await writeJpeg(...size('photo_jpg'), disc(...size('photo_jpg'))),
      'photo.png': picture(...size('photo_png'), 'rgb'),
      'wide.png': picture(...size('wide'), 'rgb'),
      // Neither is what is no picture an input, nor what is called like a result.
      'notes.txt': new TextEncoder().encode('not a picture'),
      'old.labels.png': picture(20, 20, 'grey'),
      'old.mask.png': picture(20, 20, 'grey'),
      'old.overlay.png': picture(20, 20, 'rgb'),
    })
    run = await adzus(['segment', input, '-o', output, '--json', ...FAST])
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('what is called like a result is left out, which is said', () => {
    assert.match(
      run.stderr,
      /^adzus: left out what is called like a result: .*old\.labels\.png and 2 more\. Name a file itself to segment it\.\n$/,
    )
    assert.equal(run.code, 0)
  })

  test('standard output is one line of JSON a picture, and nothing else', () => {
    assert.equal(lines(run).length, Object.keys(sizes).length)
    for (const line of lines(run)) {
      assert.equal(line.status, 'done')
      assert.ok(line.segmentCount! >= 1)
    }
  })

  test('results keep the structure of the folder', async () => {
    const expected = Object.keys(sizes).flatMap((name) => SUFFIXES.map((s) => `${name}.${s}`))
    assert.deepEqual(await filesBelow(output), expected.sort())
  })

  for (const [name, [width, height]] of Object.entries(sizes))
    test(`results of ${name}`, async () => {
      const read = async (suffix: string) => decode(await readFile(join(output, `${name}.${suffix}`)))
      const [labels, mask, overlay] = [await read('labels.png'), await read('mask.png'), await read('overlay.png')]
      for (const image of [labels, mask, overlay]) assert.deepEqual([image.width, image.height], [width, height])
      assert.deepEqual([labels.channels, mask.channels, overlay.channels], [1, 1, 3])
      const json = JSON.parse(await readFile(join(output, `${name}.json`), 'utf8'))
      const { segments } = json
      const ids = segments.map((s: { id: number }) => s.id)
      assert.deepEqual(
        ids,
        ids.map((_: number, i: number) => i + 1),
      )
      assert.deepEqual(
        [...new Set(labels.data)].sort((a, b) => a - b),
        ids,
      )
      const inMask = mask.data.filter((v) => v === 255).length
      assert.ok(Math.abs(json.foregroundShare - inMask / (width * height)) < 1e-6)
      for (const segment of segments) {
        const { id, area, bbox, centroid } = segment
        const inside = decodeRle(segment.rle)
        let [count, masked, sumX, sumY, left, top, right, bottom] = [0, 0, 0, 0, width, height, -1, -1]
        for (let y = 0, i = 0; y < height; y++)
          for (let x = 0; x < width; x++, i++) {
            assert.equal(inside[i] === 1, labels.data[i] === id, `RLE of ${id} at ${x}, ${y}`)
            if (labels.data[i] !== id) continue
            count++
            sumX += x
            sumY += y
            left = Math.min(left, x)
            top = Math.min(top, y)
            right = Math.max(right, x)
            bottom = Math.max(bottom, y)
            if (mask.data[i] === 255) masked++
          }
        assert.equal(area, count)
        assert.ok(Math.abs(segment.foregroundShare - masked / count) < 1e-9)
        assert.equal(segment.foreground, 2 * masked >= count)
        assert.deepEqual(bbox, [left, top, right - left + 1, bottom - top + 1])
        assert.ok(Math.abs(centroid[0] - sumX / count) < 0.006 && Math.abs(centroid[1] - sumY / count) < 0.006)
      }
      assert.deepEqual([json.width, json.height], [width, height])
      assert.equal(join(output, name, '..', json.input).replace(/\.[^.]*$/, ''), join(input, name.replace(/_(jpg|png)$/, '')))
    })

  test('the JSON says how it was made', async () => {
    const json = JSON.parse(await readFile(join(output, 'rgb.json'), 'utf8'))
    assert.equal(json.adzus, JSON.parse(await readFile('package.json', 'utf8')).version)
    assert.match(json.model.sha256, /^[0-9a-f]{64}$/)
    assert.match(json.model.path, /adzus-tiny$/)
    assert.equal(json.backend, 'cpu')
    assert.match(json.adapter, /CPU/)
    assert.deepEqual(json.parameters, {
      size: [64, 64],
      timesteps: [300],
      method: { kind: 'diffseg', thresholds: [0.2, 0.2, 0.2], anchors: 16, refine: false },
      noise: null,
      denoise: null,
      resolutions: null,
      layers: null,
      heads: null,
      grid: null,
      prompt: '',
      emptyPrompt: 'encoded',
      tileVae: false,
      foreground: 'auto',
      window: 'auto',
      orient: false,
    })
    for (const stage of ['decode', 'text', 'vae', 'unet', 'aggregate', 'group', 'label', 'foreground', 'encode'])
      assert.ok(json.timings[stage] >= 0, stage)
    assert.ok(json.peakBytes > 1e6)
    assert.deepEqual(json.files, { labels: 'rgb.labels.png', mask: 'rgb.mask.png', overlay: 'rgb.overlay.png' })
  })

  test('mean colours are those of the pixels', async () => {
    const { data } = decode(await readFile(join(output, 'rgb.labels.png')))
    const rgb = disc(...size('rgb'))
    const { segments } = JSON.parse(await readFile(join(output, 'rgb.json'), 'utf8'))
    for (const { id, area, meanColour } of segments)
      for (let c = 0; c < 3; c++) {
        const sum = Array.from(data).reduce((n, label, i) => (label === id ? n + rgb[3 * i + c] : n), 0)
        assert.ok(Math.abs(sum / area - meanColour[c]) < 0.006)
      }
  })

  test('--resume skips what is there, but not what is incomplete', async () => {
    const before = await stat(join(output, 'rgb.json'))
    await rm(join(output, 'palette.mask.png'))
    const again = await adzus(['segment', input, '-o', output, '--json', '--resume', ...FAST])
    assert.equal(again.code, 0)
    for (const { input: path, status } of lines(again)) assert.equal(status, path.endsWith('palette.png') ? 'done' : 'skipped', path)
    assert.equal((await stat(join(output, 'rgb.json'))).mtimeMs, before.mtimeMs)
    await stat(join(output, 'palette.mask.png'))
  })

  test('--batch gives the same files in the same order', async () => {
    const batched = await adzus(['segment', input, '-o', join(folder, 'batched'), '--json', '--batch', '4', ...FAST])
    assert.equal(batched.code, 0)
    assert.deepEqual(
      lines(batched).map(({ input: path }) => path),
      lines(run).map(({ input: path }) => path),
    )
    assert.deepEqual(await filesBelow(join(folder, 'batched')), await filesBelow(output))
    for (const name of Object.keys(sizes)) {
      const read = async (root: string) => decode(await readFile(join(root, `${name}.labels.png`))).data
      const [one, other] = [await read(output), await read(join(folder, 'batched'))]
      assert.ok(one.filter((v, i) => v !== other[i]).length <= one.length / 1000, name)
    }
  })

  test('--resume does not skip what was made with other parameters', async () => {
    const other = await adzus(['segment', join(input, 'rgb.png'), '-o', output, '--json', '--resume', ...FAST, '--anchors', '8'])
    assert.deepEqual(
      lines(other).map((l) => l.status),
      ['done'],
    )
    assert.equal(JSON.parse(await readFile(join(output, 'rgb.json'), 'utf8')).parameters.method.anchors, 8)
  })

  test('--resume does not skip a picture that was exchanged, nor results that do not tell what they were made of', async () => {
    await save(input, { 'greyAlpha.png': picture(...size('greyAlpha'), 'rgb') })
    const { inputFile, ...older } = JSON.parse(await readFile(join(output, 'palette.json'), 'utf8'))
    const palette = await readFile(join(input, 'palette.png'))
    assert.deepEqual(inputFile, { bytes: palette.length, sha256: createHash('sha256').update(palette).digest('hex') })
    await writeFile(join(output, 'palette.json'), JSON.stringify(older))
    const inputs = ['grey16.PNG', 'greyAlpha.png', 'palette.png'].map((name) => join(input, name))
    const resumed = async () => lines(await adzus(['segment', ...inputs, '-o', output, '--json', '--resume', ...FAST])).map((l) => l.status)
    assert.deepEqual(await resumed(), ['skipped', 'done', 'done'])
    assert.deepEqual(await resumed(), ['skipped', 'skipped', 'skipped'])
  })

  test('globs', async () => {
    const globbed = await adzus(['segment', 'in/{rgb,palette}.png', '-o', 'globbed', '-q', ...FAST], { cwd: folder })
    assert.equal(globbed.code, 0)
    assert.equal(globbed.stdout.split('\n').length, 3)
    assert.deepEqual(
      await filesBelow(join(folder, 'globbed')),
      ['palette', 'rgb'].flatMap((name) => SUFFIXES.map((s) => `${name}.${s}`)),
    )
  })
})

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
    assert.match(stderr, /^adzus: segment \(.*\): expected PNG or JPEG images, got only results of adzus\. Rename one to segment it\.\n$/)
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
  assert.match(run.stderr, /^adzus: what belongs on standard output could not be written: a full disk\n$/)
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
