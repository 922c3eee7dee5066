/** @file `adzus segment` over a folder with pictures of every kind, and once more with `--resume`. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { adzus, type Ended, filesBelow } from './support/cli.ts'
import { FAST, lines, picture, SUFFIXES, save } from './support/cli-segment.ts'
import { UNCHOSEN } from './support/parameters.ts'
import { disc, writeJpeg } from './support/pictures.ts'
import { decodeRle } from './support/rle.ts'

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
      layers: ['mid_block', 'up_blocks'],
      ...UNCHOSEN,
      prompt: '',
      foreground: 'auto',
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
