/**
 * @file What a TIFF file's pages are together: channels, slices and points in time by OME's and
 * ImageJ's descriptions, pyramids, slides. Each page is of one number, which tells it apart.
 */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { tiff } from '../src/image/formats/tiff/index.ts'
import { millimetres } from '../src/image/formats/tiff/lengths.ts'
import { parseXml } from '../src/image/formats/tiff/xml.ts'
import { bytesSource } from '../src/source.ts'
import { type Entry, greyPage, writeTiff } from './support/tiff.ts'

const SIDE = 8

/** A file of so many pages, the n-th of the number n; the first has a description. */
function pagesFile(count: number, description: string, more: readonly Entry[] = []): Uint8Array {
  const at = 100_000
  const own = (i: number): Entry[] => [...(i === 0 ? ([[270, 2, description]] as Entry[]) : []), [273, 4, [at + i * SIDE * SIDE]], ...more]
  const head = writeTiff({ directories: Array.from({ length: count }, (_, i) => greyPage(SIDE, SIDE, own(i))) })
  assert.ok(head.length < at)
  const bytes = new Uint8Array(at + count * SIDE * SIDE)
  bytes.set(head)
  for (let i = 0; i < count; i++) bytes.fill(i, at + i * SIDE * SIDE, at + (i + 1) * SIDE * SIDE)
  return bytes
}

const open = (bytes: Uint8Array) => tiff.open(bytesSource('a.tif', bytes), 'a.tif')

/** Which pages an image's channels are. */
async function pagesOf(bytes: Uint8Array): Promise<(number | string | undefined)[][]> {
  const images = await open(bytes)
  return Promise.all(
    images.map(async (image) => {
      const { channels, data } = await image.decode()
      return [image.name, ...data.subarray(0, channels)]
    }),
  )
}

const ome = (pixels: string, data: string, root = '') =>
  `<?xml version="1.0" encoding="UTF-8"?><!-- made up --><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" ${root}>
  <Experimenter FirstName="Some" LastName="Body"/><Image ID="Image:0" Name="of Somebody"><AcquisitionDate>2001-02-03</AcquisitionDate>
  <Pixels ID="Pixels:0" Type="uint8" SizeX="8" SizeY="8" ${pixels}>
  <Channel ID="Channel:0:0" Name="DAPI &amp; more" SamplesPerPixel="1"/><Channel ID="Channel:0:1" SamplesPerPixel="1"/>${data}</Pixels></Image></OME>`

const ORDERS: [order: string, first: number[], second: number[]][] = [
  // Pages of z 1, t 1 and of z 2, t 1, of 2 channels, 3 slices, 2 points in time.
  ['XYZCT', [0, 3], [1, 4]],
  ['XYZTC', [0, 6], [1, 7]],
  ['XYCZT', [0, 1], [2, 3]],
  ['XYCTZ', [0, 1], [4, 5]],
  ['XYTCZ', [0, 2], [4, 6]],
  ['XYTZC', [0, 6], [2, 8]],
]

for (const [order, first, second] of ORDERS)
  test(`OME: order of dimensions ${order}`, async () => {
    const text = ome(`DimensionOrder="${order}" SizeZ="3" SizeC="2" SizeT="2"`, '<TiffData/>')
    const pages = await pagesOf(pagesFile(12, text))
    assert.equal(pages.length, 6)
    assert.deepEqual(pages.slice(0, 2), [
      ['z 1, t 1', ...first],
      ['z 2, t 1', ...second],
    ])
    const [image] = await open(pagesFile(12, text))
    assert.deepEqual(image.facts?.channelNames, ['DAPI & more', 'channel 2'])
    assert.doesNotMatch(JSON.stringify(image), /Some|Body|2001/)
  })

test('OME: planes are where TiffData says, and those of other files are missed', async () => {
  const plane = (ifd: number, c: number, z: number, uuid = 'urn:uuid:1') =>
    `<TiffData IFD="${ifd}" FirstC="${c}" FirstZ="${z}" PlaneCount="1"><UUID FileName="x.tif">${uuid}</UUID></TiffData>`
  const data = [plane(3, 0, 0), plane(2, 1, 0), plane(1, 0, 1), plane(0, 1, 1, 'urn:uuid:2')].join('')
  const bytes = pagesFile(4, ome('DimensionOrder="XYCZT" SizeZ="2" SizeC="2" SizeT="1"', data, 'UUID="urn:uuid:1"'))
  assert.deepEqual(await pagesOf(bytes), [['z 1', 3, 2]])
  const [image] = await open(bytes)
  assert.match((await image.decode()).notes.join(), /1 of its planes lie in other files/)
  assert.equal(await tiff.openVolume!(bytesSource('a.tif', bytes), 'a.tif'), undefined)
})

test('OME: a description that does not fit leaves the pages as they are', async () => {
  for (const [text, note] of [
    [ome('SizeZ="0" SizeC="1" SizeT="1"', '<TiffData/>'), /sizes or an order/],
    [ome('SizeZ="2" SizeC="1" SizeT="1"', '<TiffData IFD="x"/>'), /IFD that is no number/],
    [ome('SizeZ="1" SizeC="1" SizeT="1"', '<TiffData IFD="7"/>'), /names no image that is in it/],
    ['<!DOCTYPE OME [<!ENTITY a "b">]><OME></OME>', /document type/],
    ['<OME><Image>', /names no image/],
    ['<OME><Image a="', /breaks off/],
  ] as const) {
    const bytes = pagesFile(2, text)
    assert.deepEqual(await pagesOf(bytes), [
      ['page 1', 0],
      ['page 2', 1],
    ])
    assert.match((await (await open(bytes))[0].decode()).notes.join(), note)
  }
})

test('XML: attributes, texts, characters by number; nothing expands', () => {
  const root = parseXml(`<a:b x='1 > 0' a:y="&#181;&#x6d;&lt;&unknown;"><c/><!-- <d> -->t<![CDATA[<e>]]></a:b>`)
  assert.equal(root.name, 'b')
  assert.deepEqual({ ...root.attributes }, { x: '1 > 0', y: 'µm<&unknown;' })
  assert.deepEqual([root.children.map(({ name }) => name), root.text], [['c'], 't<e>'])
  assert.throws(() => parseXml('<a>'.repeat(100)), /64 elements within each other/)
})

test('lengths in millimetres', () => {
  assert.deepEqual(
    ['µm', 'μm', '\\u00B5m', 'micron', 'nm', 'cm', 'inch', 'pixel'].map((unit) => millimetres(2, unit)),
    [0.002, 0.002, 0.002, 0.002, 0.000002, 20, 50.8, undefined],
  )
  assert.equal(millimetres(-1, 'mm'), undefined)
})

test('ImageJ: channels are fastest, then slices, then points in time', async () => {
  const bytes = pagesFile(12, 'ImageJ=1.53t\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\nunit=\\u00B5m\nspacing=4\n', [
    [282, 4, [8]],
  ])
  const pages = await pagesOf(bytes)
  assert.deepEqual(pages.slice(0, 4), [
    ['z 1, t 1', 0, 1],
    ['z 2, t 1', 2, 3],
    ['z 3, t 1', 4, 5],
    ['z 1, t 2', 6, 7],
  ])
  const volume = await tiff.openVolume!(bytesSource('a.tif', bytes), 'a.tif')
  assert.deepEqual([volume!.size, volume!.spacing[2]], [[8, 8, 3], 0.004])
  assert.match(volume!.notes.join(), /2 points in time/)
  const { width, height, channels, data } = await volume!.slice(0, 5)
  assert.deepEqual([width, height, channels, data[0], data[17], data[32]], [8, 3, 2, 0, 3, 4])
  const side = await volume!.slice(1, 5)
  assert.deepEqual([side.width, side.height, side.data[16]], [8, 3, 2])
})

test('a part of a stack of planes is read of the channels that are wanted, in their order', async () => {
  const [image] = await open(pagesFile(4, 'ImageJ=1.53t\nimages=4\nchannels=4\n'))
  const { channels, channelNames, data } = await image.decodePart!({ channels: [3, 1], region: { x: 2, y: 2, width: 2, height: 1 } })
  assert.deepEqual([channels, channelNames, [...data]], [2, ['channel 4', 'channel 2'], [3, 1, 3, 1]])
})

/** A file of tiled RGB pages with missing tiles: it opens, and its pages have sizes. */
function slide(pages: readonly { width: number; height: number; text?: string; tiled?: boolean; more?: Entry[] }[]): Uint8Array {
  return writeTiff({
    directories: pages.map(({ width, height, text, tiled = true, more = [] }) => {
      const across = Math.ceil(width / 256) * Math.ceil(height / 256)
      const tiles: Entry[] = [
        [322, 3, [256]],
        [323, 3, [256]],
        [324, 4, Array(across).fill(0)],
        [325, 4, Array(across).fill(0)],
      ]
      const colours: Entry[] = [
        [258, 3, [8, 8, 8]],
        [262, 3, [2]],
        [277, 3, [3]],
      ]
      const described: Entry[] = text === undefined ? [] : [[270, 2, text]]
      return greyPage(width, height, [...colours, ...described, ...(tiled ? tiles : ([[273, 4, [0]]] as Entry[])), ...more])
    }),
  })
}

const sizes = (images: readonly { width: number; height: number }[] = []) => images.map(({ width, height }) => [width, height])

test('slides: the largest page and its levels, without labels, thumbnails and overviews', async () => {
  const levels = [
    { width: 4000, height: 3000 },
    { width: 1000, height: 750 },
    { width: 250, height: 188 },
  ]
  const label = { width: 400, height: 400 }
  const cases: [string, Uint8Array][] = [
    [
      'Ventana',
      slide([
        { ...label, text: 'Label Image' },
        ...levels.map((size, i) => ({ ...size, text: `level=${i} mag=${20 / 4 ** i} quality=95` })),
      ]),
    ],
    [
      'Philips',
      slide([
        {
          ...levels[0],
          text: '<?xml version="1.0"?><DataObject ObjectType="DPUfsImport"><Attribute Name="DICOM_PATIENT">Somebody</Attribute>',
        },
        ...levels.slice(1),
        { ...label, text: 'Label', tiled: false },
      ]),
    ],
    [
      'Hamamatsu',
      slide([...levels.map((size) => ({ ...size, tiled: false, more: [[65421, 4, [20]]] as Entry[] })), { ...label, tiled: false }]),
    ],
  ]
  for (const [maker, bytes] of cases) {
    const images = await open(bytes)
    assert.deepEqual(sizes(images), [[4000, 3000]], maker)
    assert.deepEqual(
      sizes(images[0].levels),
      [
        [1000, 750],
        [250, 188],
      ],
      maker,
    )
    assert.equal(images[0].facts?.others?.['slide'], maker)
    assert.doesNotMatch(JSON.stringify(images), /Somebody/)
  }
})

test('pages of tiles whose sides halve are a pyramid; others are pages', async () => {
  const pyramid = await open(
    slide([
      { width: 4000, height: 3000 },
      { width: 2000, height: 1500 },
      { width: 1000, height: 750 },
    ]),
  )
  assert.deepEqual(
    [sizes(pyramid), sizes(pyramid[0].levels)],
    [
      [[4000, 3000]],
      [
        [2000, 1500],
        [1000, 750],
      ],
    ],
  )
  const pages = await open(
    slide([
      { width: 4000, height: 3000 },
      { width: 4000, height: 3000 },
      { width: 1000, height: 1000 },
    ]),
  )
  assert.deepEqual(sizes(pages), [
    [4000, 3000],
    [4000, 3000],
    [1000, 1000],
  ])
  assert.deepEqual(
    pages.map(({ name, levels }) => [name, levels]),
    [
      ['page 1', undefined],
      ['page 2', undefined],
      ['page 3', undefined],
    ],
  )
})
