/** @file Which channels become the picture: chosen by name or number, windows of their own. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { chooseChannels } from '../src/image/channels.ts'
import { decodeStored, displayed } from '../src/image/decode.ts'
import type { Decoded, StoredImage } from '../src/image/format.ts'
import { openZarr } from '../src/image/formats/zarr/open.ts'
import { Adzus, decodeImage, parseChannels, type SegmentOptions } from '../src/index.ts'
import { writePng } from './support/pictures.ts'
import { memoryStore, zarrFolders } from './support/zarr.ts'

const [WIDTH, HEIGHT] = [10, 8]

/** Channel c of pixel i is 100 · (c + 1) + i, of 16 bits. */
function stains(channels: number, channelNames?: readonly string[]): Decoded {
  const data = Uint16Array.from({ length: WIDTH * HEIGHT * channels }, (_, at) => 100 * ((at % channels) + 1) + Math.floor(at / channels))
  return { width: WIDTH, height: HEIGHT, channels, data, channelNames, notes: [] }
}

const NAMES = ['DAPI', 'GFP', '3', '405', 'Cy5']
const pixel = ({ data }: { data: Uint8Array }, i: number) => Array.from(data.subarray(3 * i, 3 * i + 3))
/** Percentiles 0.1 and 99.9 of a ramp of 80 are its ends. */
const ramp = (i: number) => Math.round((i / 79) * 255)

test('of measurements, and of more than four channels, the first is taken with a note', () => {
  const named = displayed(stains(5, NAMES))
  assert.deepEqual(named.notes, ['it has 5 channels (DAPI, GFP, 3, 405, Cy5): the first is taken (“channel” chooses)'])
  assert.deepEqual(pixel(named, 40), [ramp(40), ramp(40), ramp(40)])
  assert.match(displayed(stains(6)).notes[0], /^it has 6 channels \(channel 1, .*channel 6\): the first is taken/)
  assert.deepEqual(displayed(stains(1, ['DAPI'])).notes, [])
  assert.match(displayed(stains(40)).notes[0], /channel 12, …\)/)
})

test('channels are found by name, in any letters, before they are by number', () => {
  const places = (channel: string | (string | number)[]) => chooseChannels({ channels: 5, channelNames: NAMES }, channel, 'a').places
  assert.deepEqual(places('gfp'), [1])
  assert.deepEqual(places(['Cy5', 'dapi']), [4, 0])
  // The third channel from left is called 3, the fourth by its wavelength.
  assert.deepEqual([places('405'), places('3'), places('4'), places([4])], [[3], [2], [3], [3]])
  assert.deepEqual(chooseChannels({ channels: 3 }, 'green', 'a').places, [1])
  for (const missing of ['RFP', '6', '0', '-1', '1.5'])
    assert.throws(
      () => places(missing),
      /image: channel \(a\): expected one of its channels \(DAPI, GFP, 3, 405, Cy5\), or a number from 1 to 5/,
    )
})

test('two and three channels become colours, each by its own window', () => {
  const two = displayed(stains(5, NAMES), { channel: ['GFP', 1] })
  assert.deepEqual(pixel(two, 79), [255, 255, 0])
  assert.deepEqual(pixel(two, 20), [ramp(20), ramp(20), 0])
  const three = displayed(stains(5, NAMES), { channel: [5, 4, 3], window: [500, 600] })
  assert.deepEqual(pixel(three, 50), [Math.round(127.5), 0, 0])
})

test('a channel of a colour picture is grey', async () => {
  const samples = Array.from({ length: WIDTH * HEIGHT }, (_, i) => [i, 2 * i, 255 - i]).flat()
  const file = writePng({ width: WIDTH, height: HEIGHT, colour: 'rgb', depth: 8, samples })
  assert.deepEqual(pixel(await decodeImage(file, 'a', { channel: 'blue' }), 7), [248, 248, 248])
  assert.deepEqual(pixel(await decodeImage(file, 'a', { channel: [3, 1] }), 7), [248, 7, 0])
  await assert.rejects(decodeImage(file, 'a', { channel: 4 }), /one of its channels \(red, green, blue\), or a number from 1 to 3, got 4/)
})

test('of very many channels only those that are chosen are read, where a format can do so', async () => {
  const parts: unknown[] = []
  const image: StoredImage = {
    width: WIDTH,
    height: HEIGHT,
    facts: { channels: 2 ** 22, channelNames: NAMES },
    decode: () => Promise.reject(new Error('the whole is not needed')),
    async decodePart(part) {
      parts.push(part)
      return { ...stains(5, NAMES), ...{ channels: 1, channelNames: ['GFP'], data: Uint16Array.from({ length: 80 }, (_, i) => i) } }
    },
  }
  const { data, notes } = await decodeStored(image, { channel: 'GFP' }, 'a')
  assert.deepEqual(parts, [{ channels: [1] }])
  assert.deepEqual([pixel({ data }, 40), notes], [[ramp(40), ramp(40), ramp(40)], []])
})

test('the command line’s text: one to three names or numbers', () => {
  assert.deepEqual(parseChannels(' DAPI , 2'), ['DAPI', '2'])
  for (const text of ['', 'a,', 'a,b,c,d']) assert.throws(() => parseChannels(text), /one to three names or numbers/)
})

test('an image of a file is segmented by the channel that is chosen, which is a parameter', async () => {
  const adzus = await Adzus.load(undefined, { backend: 'cpu' })
  try {
    const [image] = (await openZarr(memoryStore((await zarrFolders())['v3-zstd']), 'a')).images
    const options: SegmentOptions = { size: 64, thresholds: [0.2, 0.2, 0.2] }
    const first = await adzus.segment(image, options)
    const [dapi, gfp] = [
      await adzus.segment(image, { ...options, channel: 'dapi' }),
      await adzus.segment(image, { ...options, channel: [2] }),
    ]
    assert.deepEqual([first.parameters.channel, dapi.parameters.channel, gfp.parameters.channel], [null, ['dapi'], [2]])
    assert.deepEqual(first.labels, dapi.labels)
    assert.notDeepEqual(first.labels, gfp.labels)
    assert.match(first.notes.join(), /2 channels \(DAPI, GFP\)/)
  } finally {
    await adzus.dispose()
  }
})
