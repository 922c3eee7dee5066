/** @file OME-Zarr: values as zarr-python reads them, only the chunks that are needed, bad files. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { test } from 'vitest'
import { openZarr } from '../src/image/formats/zarr/open.ts'
import { folderStore, urlStore } from '../src/image/formats/zarr/store.ts'
import { AdzusError } from '../src/index.ts'
import { temporaryFolder } from './support/cli.ts'
import { memoryStore, withJson, writeFolder, zarrFolders } from './support/zarr.ts'

interface Expected {
  axes: string
  shape: [t: number, c: number, z: number, y: number, x: number]
  type: string
  sha256: string
}

const expected: Record<string, Expected> = JSON.parse(await readFile('test/data/formats/zarr/expected.json', 'utf8'))
const folders = await zarrFolders()
const opened = (name: string) => openZarr(memoryStore(folders[name]), name)

/** All planes, channel after channel, as 32-bit floats in the order t, c, z, y, x. */
async function hashOf(name: string, [t, c, z, y, x]: Expected['shape']): Promise<string> {
  const { images } = await opened(name)
  assert.equal(images.length, t * z)
  const all = new Float32Array(t * c * z * y * x)
  for (const [i, image] of images.entries()) {
    const { data, channels, width, height } = await image.decodePart!({ region: { x: 0, y: 0, width: x, height: y } })
    assert.deepEqual([channels, width, height], [c, x, y])
    const [at, depth] = [Math.floor(i / z), i % z]
    for (let channel = 0; channel < c; channel++)
      for (let p = 0; p < x * y; p++) all[((at * c + channel) * z + depth) * x * y + p] = data[p * c + channel]
  }
  return createHash('sha256').update(Buffer.from(all.buffer)).digest('hex')
}

for (const [name, { shape, sha256, type }] of Object.entries(expected))
  test(`${name}: values equal those of zarr-python`, async () => {
    assert.equal(await hashOf(name, shape), sha256)
    const [{ facts }] = (await opened(name)).images
    assert.equal(facts!.type, type.replace('>i2', 'int16'))
  })

test('channels have names, pixels a size, pictures smaller levels, planes names', async () => {
  const { images, volume } = await opened('v3-zstd')
  const [first] = images
  assert.deepEqual(first.facts, {
    type: 'uint16',
    channels: 2,
    channelNames: ['DAPI', 'GFP'],
    spacing: { x: 0.0005, y: 0.00025, unit: 'mm' },
    compression: 'zstd',
    others: { axes: 'czyx' },
  })
  assert.deepEqual(
    images.map(({ name }) => name),
    ['z 1', 'z 2', 'z 3'],
  )
  assert.deepEqual(
    first.levels!.map(({ width, height, facts }) => [width, height, facts!.spacing!.x]),
    [[13, 10, 0.001]],
  )
  assert.deepEqual(volume!.size, [26, 19, 3])
  assert.deepEqual(volume!.spacing, [0.0005, 0.00025, 0.002])
  const small = await first.levels![0].decode()
  const large = await first.decode()
  assert.equal(small.data[2 * 13 * 2 + 3 * 2 + 1], large.data[4 * 26 * 2 + 6 * 2 + 1])
})

test('a volume’s slices across every axis have the planes’ values', async () => {
  const { images, volume } = await opened('v2-fortran')
  const planes = await Promise.all(images.map((image) => image.decode()))
  assert.deepEqual((await volume!.slice(2, 1)).data, planes[1].data)
  for (const [axis, index] of [
    [0, 25],
    [1, 4],
  ] as const) {
    const { width, height, data } = await volume!.slice(axis, index)
    assert.deepEqual([width, height], axis === 0 ? [19, 3] : [26, 3])
    for (let z = 0; z < 3; z++)
      for (let i = 0; i < width; i++)
        for (let c = 0; c < 2; c++) {
          const [x, y] = axis === 0 ? [index, i] : [i, index]
          assert.equal(data[(z * width + i) * 2 + c], planes[z].data[(y * 26 + x) * 2 + c])
        }
  }
})

test('three channels of 8 bits without names of their own are colours', async () => {
  const rgb = await (await opened('v3-rgb')).images[0].decode()
  assert.deepEqual([rgb.channels, rgb.channelNames], [3, undefined])
  const stack = await (await opened('v2-plain')).images[0].decode()
  assert.deepEqual(stack.channelNames, ['channel 1', 'channel 2'])
})

test('a part needs no chunks but its own', async () => {
  const read: string[] = []
  const { images } = await openZarr(
    memoryStore(folders['v2-gzip'], (path) => read.push(path)),
    'a',
  )
  const whole = await images[2].decode()
  read.length = 0
  const region = { x: 14, y: 1, width: 9, height: 8 }
  const part = await images[2].decodePart!({ region, channels: [1] })
  assert.deepEqual(read, ['0/1.2.0.1'])
  assert.deepEqual([part.channels, part.channelNames], [1, ['channel 2']])
  assert.equal(part.data[9 + 2], whole.data[((1 + 1) * 26 + 14 + 2) * 2 + 1])
  const turned = await images[0].decodePart!({ region, channels: [1, 0] })
  const straight = await images[0].decodePart!({ region })
  assert.deepEqual(Array.from(turned.data.subarray(0, 2)), [straight.data[1], straight.data[0]])
})

test('folders of a disk and of a server are read alike', async (t) => {
  const folder = await temporaryFolder(t)
  const [wanted] = (await opened('v3-sharded')).images
  const { data } = await wanted.decode()
  await writeFolder(join(folder, 'a b.zarr'), folders['v3-sharded'])
  const local = await openZarr(folderStore(join(folder, 'a b.zarr')), 'a')
  assert.deepEqual((await local.images[0].decode()).data, data)
  const server = createServer((request, response) => {
    const file = folders['v3-sharded'][decodeURIComponent(request.url!.slice('/a%20b.zarr/'.length))]
    const [, from, to] = /bytes=(\d*)-(\d*)/.exec(request.headers.range ?? '') ?? []
    if (!file) response.writeHead(404).end()
    else if (from === undefined) response.end(file)
    else response.writeHead(206).end(from === '' ? file.subarray(-Number(to)) : file.subarray(Number(from), Number(to) + 1))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a%20b.zarr/`
    assert.deepEqual((await (await openZarr(urlStore(address), 'a')).images[0].decode()).data, data)
    await assert.rejects(openZarr(urlStore(address.replace('a%20b', 'no')), 'a'), /without Zarr’s metadata/)
  } finally {
    server.close()
  }
})

const v3 = folders['v3-zstd']
const v2 = folders['v2-gzip']
const text = (value: string) => new TextEncoder().encode(value)
const without = (files: typeof v3, ...paths: string[]) =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !paths.includes(path)))
const told = (keys: string, value: unknown) => withJson(v3, 'zarr.json', `attributes.ome.multiscales.0.${keys}`, value)
const array3 = (keys: string, value: unknown) => withJson(v3, '0/zarr.json', keys, value)
const array2 = (keys: string, value: unknown) => withJson(v2, '0/.zarray', keys, value)
const chunk2 = (bytes: Uint8Array) => ({ ...v2, '0/0.0.0.0': bytes })

const BAD: [what: string, files: typeof v3, message: RegExp][] = [
  ['nothing', {}, /a folder without Zarr’s metadata/],
  ['damaged metadata', { ...v3, 'zarr.json': text('{"a":') }, /damaged metadata \(zarr\.json\)/],
  ['no picture', withJson(v3, 'zarr.json', 'attributes', {}), /without a picture/],
  ['a plate', withJson(v3, 'zarr.json', 'attributes.ome', { plate: {} }), /plate of many pictures.*fields/],
  ['no arrays', told('datasets', []), /without arrays/],
  ['unknown axes', told('axes', ['q', 'z', 'y', 'x']), /axes .*"q"/],
  ['axes that do not fit', told('axes', ['y', 'x']), /array of 4 axes, where there are 2/],
  ['an array that is not there', without(v3, '0/zarr.json'), /no array where its metadata name one/],
  ['a path that leads out', told('datasets.0.path', 'a%2F..%2F..%2Fb'), /files within the Zarr folder|no array/],
  ['no shape', array3('shape', [2, 3, 0, 26]), /array of \[2,3,0,26\]/],
  ['huge chunks', array3('chunk_grid.configuration.chunk_shape', [2, 3, 1e6, 1e6]), /chunks of 2 × 3 × 1000000/],
  ['huge sizes', array3('shape', [2, 3, 1e6, 1e6]), /image: size/],
  ['many channels', array3('shape', [4000, 3, 1000, 1000]), /samples to be read at once/],
  ['too many channels', array3('shape', [1e9, 3, 10, 10]), /one of 1000000000 channels/],
  ['an unknown codec', array2('compressor.id', 'secret'), /secret/],
  // The library would let the second one's failure end the process.
  ['several unknown codecs', array2('filters', [{ id: 'secret' }, 7]), /packed by secret, which is not known/],
  ['texts', array2('dtype', '|S9'), /damaged one|of the type/],
  ['a damaged chunk', chunk2(v2['0/0.0.0.0'].map((byte, i) => (i > 20 ? byte ^ 77 : byte))), /chunk 0\/0\/0\/0/],
  ['a chunk cut off', chunk2(v2['0/0.0.0.0'].subarray(0, 50)), /chunk 0\/0\/0\/0/],
]

test('what a chunk unpacks to beyond its size is left', async () => {
  const bomb = new Uint8Array(gzipSync(Buffer.alloc(2 ** 26)))
  const { data } = await (await openZarr(memoryStore(chunk2(bomb)), 'a')).images[0].decode()
  assert.equal(data[0], 0)
})

test('bad files are one clear error each', async () => {
  for (const [what, files, message] of BAD)
    await assert.rejects(
      async () => (await openZarr(memoryStore(files), 'a.zarr')).images[0].decode(),
      (error: Error) => error instanceof AdzusError && error.message.includes('a.zarr') && message.test(error.message),
      what,
    )
})
