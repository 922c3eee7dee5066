/** @file `adzus segment` by tiles: options, files, records, resuming, and which images go that way by themselves. */
import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { test } from 'vitest'
import { isForTiles } from '../src/cli/segment/tiles.ts'
import { type Format, registerFormat } from '../src/index.ts'
import { adzus, filesBelow, temporaryFolder } from './support/cli.ts'
import { writePng } from './support/pictures.ts'
import { faultsOf } from './support/schema.ts'
import { type Disc, discs, slideOf } from './support/slides.ts'

const schema = async (name: string) => JSON.parse(await readFile(`schema/${name}.schema.json`, 'utf8'))

/** Discs in rows, the third column on a seam of tiles of 160 pixels. */
const MANY: Disc[] = Array.from({ length: 35 }, (_, i) => [25 + 42 * (i % 7), 25 + 42 * Math.floor(i / 7), 9])
const CALL = ['segment', 'wells.png', '--backend', 'cpu', '--size', '64', '--tile', '160', '--overlap', '32', '--json', '-q']

test('tiles on the command line: every object has its number in files of the region’s size, and resuming knows them', async (t) => {
  const folder = await temporaryFolder(t)
  const samples = discs({ x: 0, y: 0, width: 310, height: 230 }, MANY)
  await writeFile(join(folder, 'wells.png'), writePng({ width: 310, height: 230, colour: 'rgb', depth: 8, samples }))
  const ended = await adzus([...CALL, '--region', '4,3,300,220', '--save', 'mask,overlay,objects,geojson,json'], { cwd: folder })
  assert.equal(ended.code, 0, ended.stderr)
  const line = JSON.parse(ended.stdout)
  assert.deepEqual(faultsOf(line, await schema('line')), [])
  assert.deepEqual([line.width, line.height, line.objectCount, line.tileCount], [300, 220, 35, 6])
  assert.deepEqual(await filesBelow(join(folder, 'out')), [
    'wells.geojson',
    'wells.json',
    'wells.mask.png',
    'wells.objects.png',
    'wells.overlay.png',
  ])
  const read = async (kind: string) => decode(await readFile(join(folder, 'out', `wells.${kind}.png`)))
  const [mask, objects, overlay] = [await read('mask'), await read('objects'), await read('overlay')]
  assert.deepEqual([objects.width, objects.height, objects.depth, overlay.width], [300, 220, 16, 300])
  assert.ok(mask.data.every((value, i) => value === (objects.data[i] === 0 ? 0 : 255)))
  assert.equal(new Set(objects.data).size, 36)
  const record = JSON.parse(await readFile(join(folder, 'out', 'wells.json'), 'utf8'))
  assert.deepEqual(faultsOf(record, await schema('result')), [])
  assert.deepEqual([record.segments, record.tiles.many, record.tiles.scale], [[], true, [1, 1]])
  const { centroid, bbox } = record.tiles.objects.list[0]
  // In pixels of the whole file, not of the region.
  assert.deepEqual(
    [centroid.map(Math.round), bbox],
    [
      [25, 25],
      [16, 16, 19, 19],
    ],
  )
  const { features } = JSON.parse(await readFile(join(folder, 'out', 'wells.geojson'), 'utf8'))
  assert.equal(features.length, 35)
  for (const [i, { geometry, properties }] of features.entries()) {
    const rings: [number, number][][] = geometry.coordinates
    // By the shoelace formula the outline holds as many pixels as the object has.
    const area = rings.flatMap((ring) => ring.slice(1).map(([x, y], k) => (ring[k][0] * y - x * ring[k][1]) / 2)).reduce((a, b) => a + b, 0)
    assert.deepEqual([properties.objectType, area], ['detection', record.tiles.objects.list[i].area])
    const [left, top] = [0, 1].map((axis) => Math.min(...rings[0].map((point) => point[axis])))
    assert.deepEqual([left, top], record.tiles.objects.list[i].bbox.slice(0, 2))
  }
  const again = await adzus([...CALL, '--region', '4,3,300,220', '--resume'], { cwd: folder })
  assert.equal(JSON.parse(again.stdout).status, 'skipped')
  const other = await adzus([...CALL, '--region', '4,3,299,220', '--resume', '--save', 'mask,json'], { cwd: folder })
  assert.equal(JSON.parse(other.stdout).status, 'done')
})

test('what tiles cannot do is said before anything is computed', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'wells.png'), writePng({ width: 9, height: 9, colour: 'grey', depth: 8, samples: new Uint8Array(81) }))
  for (const [args, message] of [
    [['--foreground', 'center'], /--foreground.*auto, with --tile/],
    [['--save', 'labels'], /--save.*by tiles.*got labels/],
    [['--save', 'json,coco'], /--save.*by tiles.*got coco/],
    [['--region', '1,2,3'], /--region.*X,Y,WIDTH,HEIGHT/],
    [['--mpp', '-1'], /--mpp.*above 0/],
    [['--overlap', '81'], /--overlap.*0 to 80/],
    [['--explain'], /--tile.*--explain/],
  ] as const) {
    const { code, stderr } = await adzus([...CALL, ...args], { cwd: folder })
    assert.equal(code, 2, stderr)
    assert.match(stderr, message)
  }
  const beyond = await adzus([...CALL, '--region', '0,0,100,100'], { cwd: folder })
  assert.equal(beyond.code, 1)
  assert.match(JSON.parse(beyond.stdout).error, /region \(wells\.png\): expected a region within 9 × 9 pixels/)
})

test('large files with levels, or too large to be decoded, go by tiles; others do not', async (t) => {
  const folder = await temporaryFolder(t)
  const images: Record<number, ReturnType<typeof slideOf>['slide']> = {
    1: slideOf({ width: 4000, height: 3000 }, [], { levels: [4] }).slide,
    2: slideOf({ width: 4000, height: 3000 }, []).slide,
    3: slideOf({ width: 20_000, height: 20_000 }, []).slide,
  }
  const format: Format = {
    name: 'SLIDES',
    extensions: ['slides'],
    recognises: (head) => head[0] === 0xf1 && head[1] === 0x5d,
    open: async (source) => [images[(await source.read(2, 1))[0]]],
  }
  registerFormat(format)
  const path = join(folder, 'a.slides')
  const forTiles = async (kind: number, bytes: number) => {
    const contents = new Uint8Array(bytes)
    contents.set([0xf1, 0x5d, kind])
    await writeFile(path, contents)
    return isForTiles(path)
  }
  assert.deepEqual(
    [await forTiles(1, 2 ** 22), await forTiles(2, 2 ** 22), await forTiles(3, 2 ** 22), await forTiles(1, 2 ** 22 - 1)],
    [true, false, true, false],
  )
  await rm(path)
  assert.equal(await isForTiles(path), false)
})
