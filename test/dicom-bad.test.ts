/** @file DICOM files that are damaged, too large, empty or written in a way that nobody reads: one clear error each, and nothing of a person in it. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { deflateRawSync } from 'node:zlib'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import { decodeImage, openImages } from '../src/image/decode.ts'
import { openSeries } from '../src/image/formats/dicom/series.ts'
import { formatOf } from '../src/image/formats/index.ts'
import { bytesSource } from '../src/source.ts'
import { type Tag, writeDicom } from './support/dicom.ts'

const FOLDER = 'test/data/formats/dicom'
const file = async (name: string) => new Uint8Array(await readFile(`${FOLDER}/${name}.dcm`))

const JPEG_2000 = '1.2.840.10008.1.2.4.90'
/** The header of a grey picture of 16 bits, without pixels. */
const GREY: Record<string, Tag> = {
  '00280002': ['US', 1],
  '00280004': ['CS', 'MONOCHROME2'],
  '00280010': ['US', 16],
  '00280011': ['US', 24],
  '00280100': ['US', 16],
  '00280101': ['US', 12],
  '00280102': ['US', 11],
  '00280103': ['US', 0],
}
const PIXELS = new Uint8Array(16 * 24 * 2)
const grey = (tags: Record<string, Tag | undefined> = {}) => ({ ...GREY, '7fe00010': ['OW', PIXELS] as Tag, ...tags })
const item = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from([0xfe, 0xff, 0x00, 0xe0]), Buffer.from(Uint32Array.of(bytes.length).buffer), bytes])
const END = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0])
/** Encapsulated pixels: an empty offset table, the fragments. */
const fragments = (...parts: Uint8Array[]): Tag => [
  'OB',
  new Uint8Array(Buffer.concat([item(new Uint8Array(0)), ...parts.map(item), END])),
  true,
]

/** A sequence in a sequence, so many times, each of open length. */
function nested(depth: number): Uint8Array {
  const open = Buffer.from([
    0x08, 0x00, 0x15, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff,
  ])
  return new Uint8Array(Buffer.concat(Array(depth).fill(open)))
}

/** The head of a JPEG 2000 stream of so many rows and columns. */
function sized(side: number): Uint8Array {
  const head = Buffer.alloc(60)
  head.writeUInt32BE(0xff4fff51)
  for (const at of [8, 12, 24, 28]) head.writeUInt32BE(side, at)
  head.writeUInt16BE(1, 40)
  head.set([15, 1, 1], 42)
  return new Uint8Array(head)
}

const BAD: [name: string, bytes: () => Uint8Array | Promise<Uint8Array>, got: RegExp][] = [
  [
    'JPEG 2000 of 16384 × 16384 in few bytes',
    () => writeDicom(grey({ '00280010': ['US', 16384], '00280011': ['US', 16384], '7fe00010': fragments(sized(16384)) }), JPEG_2000),
    /too little data/,
  ],
  [
    'JPEG 2000 of another size',
    () => writeDicom(grey({ '7fe00010': fragments(sized(64)) }), JPEG_2000),
    /64 × 64 × 1 samples in place of 24 × 16 × 1/,
  ],
  [
    'a file that ends within its pixels',
    () => file('MR_truncated'),
    /got one with 81\d\d bytes of pixels in place of 8192\. Is the file complete\?$/,
  ],
  ['a file that ends within its header', async () => (await file('MR_small')).slice(0, 700), /ends within an element/],
  [
    'an element that is longer than the file',
    () => writeDicom({ '00080005': ['UT', 'x', false, 2 ** 31], ...grey() }),
    /ends within an element/,
  ],
  ['12-bit JPEG', () => file('JPGExtended'), /JPEG of 12 bits\. Nothing here decodes that: convert it/],
  ['an unknown syntax', () => writeDicom(grey(), '1.2.3'), /written as an unknown one \(1\.2\.3\)/],
  ['a syntax of films', () => writeDicom(grey(), '1.2.840.10008.1.2.4.102'), /written as MPEG-4/],
  ['a report', () => file('test-SR'), /a structured report/],
  ['a plan', () => file('rtplan'), /a treatment plan/],
  ['no transfer syntax and no data set', () => file('meta_missing_tsyntax'), /does not tell its transfer syntax/],
  ['no pixels', () => writeDicom(GREY), /without pixels/],
  ['encrypted attributes', () => writeDicom({ '04000500': ['SQ', new Uint8Array(0)], ...GREY }), /attributes are encrypted/],
  ['a directory', () => writeDicom({ '00041220': ['SQ', new Uint8Array(item(new Uint8Array(0)))] }), /a directory of DICOM files/],
  ['no rows', () => writeDicom(grey({ '00280010': undefined })), /without Rows/],
  ['no depth', () => writeDicom(grey({ '00280100': undefined })), /without BitsAllocated/],
  ['more bits than there are', () => writeDicom(grey({ '00280101': ['US', 20] })), /bit 11 as the highest of 20 bits in 16/],
  ['24 bits', () => writeDicom(grey({ '00280100': ['US', 24] })), /samples take 24 bits/],
  ['four samples', () => writeDicom(grey({ '00280002': ['US', 4] })), /4 samples a pixel/],
  ['inks', () => writeDicom(grey({ '00280004': ['CS', 'CMYK'] })), /PhotometricInterpretation that is not read/],
  ['grey of three samples', () => writeDicom(grey({ '00280002': ['US', 3] })), /MONOCHROME2 of 3 samples/],
  ['a picture of 65535 × 65535', () => writeDicom(grey({ '00280010': ['US', 65535], '00280011': ['US', 65535] })), /65535 × 65535/],
  [
    '16384 × 16384 in few bytes',
    () => writeDicom(grey({ '00280010': ['US', 16384], '00280011': ['US', 16384] })),
    /768 bytes of pixels in place of 536870912/,
  ],
  ['a million frames', () => writeDicom(grey({ '00280008': ['IS', '1000000'] })), /768 bytes of pixels in place of 768000000/],
  ['frames that are no number', () => writeDicom(grey({ '00280008': ['IS', '-3'] })), /no count of frames/],
  ['a palette that is missing', () => writeDicom(grey({ '00280004': ['CS', 'PALETTE COLOR'] })), /a table without its descriptor/],
  [
    'sequences nested 5000 deep',
    () => writeDicom({ '00081110': ['SQ', nested(5000).subarray(12), true], ...grey() }),
    /nested deeper than 64/,
  ],
  ['fragments in a plain syntax', () => writeDicom(grey({ '7fe00010': fragments(PIXELS) })), /fragments of pixels in a syntax without/],
  ['no fragments in a coded one', () => writeDicom(grey(), JPEG_2000), /pixels without fragments/],
  ['no fragment at all', () => writeDicom(grey({ '7fe00010': fragments() }), JPEG_2000), /no fragments among its pixels/],
  ['noise in place of JPEG 2000', () => writeDicom(grey({ '7fe00010': fragments(PIXELS) }), JPEG_2000), /its size cannot be found/],
  [
    'noise in place of RLE',
    () => writeDicom(grey({ '7fe00010': fragments(PIXELS) }), '1.2.840.10008.1.2.5'),
    /0 RLE segments in place of 2/,
  ],
  [
    'noise in place of JPEG',
    () =>
      writeDicom(
        grey({ '7fe00010': fragments(PIXELS), '00280100': ['US', 8], '00280101': ['US', 8], '00280102': ['US', 7] }),
        '1.2.840.10008.1.2.4.50',
      ),
    /JPEG/,
  ],
  ['a deflated file of noise', () => writeDicom({}, '1.2.840.10008.1.2.1.99', new Uint8Array(60).fill(7)), /broken|ends/],
  [
    'a deflated file that expands without end',
    () => writeDicom({}, '1.2.840.10008.1.2.1.99', deflateRawSync(new Uint8Array(2 ** 29 + 2 ** 20))),
    /a deflated one of more than 512 MiB/,
  ],
]

for (const [name, bytes, got] of BAD)
  test(`refused with one error: ${name}`, async () => {
    await assert.rejects(decodeImage(await bytes(), 'a.dcm'), (error) => {
      assert.ok(error instanceof AdzusError)
      assert.match(error.message, /^image.* \(a\.dcm\): expected /)
      assert.match(error.message, got)
      assert.ok(error.message.length < 500)
      return true
    })
  })

for (const name of ['MR_small_jp2klossless', 'MR_small_jpeg_ls_lossless', 'lossless-u16', 'ht-u16', 'MR_small_RLE', 'jpeg-u8', 'JPEG2000'])
  test(`coded pixels that are damaged are an error in words, and the next file is read: ${name}`, async () => {
    const whole = await file(name)
    // The codec's data, behind the header of its stream.
    const damaged = whole.slice()
    damaged.fill(0x55, whole.length - Math.floor((whole.length - 1200) * 0.6), whole.length - 60)
    const settled = await decodeImage(damaged, 'a.dcm').then(
      () => 'read',
      (error) => error,
    )
    if (settled !== 'read')
      assert.match(`${settled}`, /^AdzusError: image \(a\.dcm\): expected a (DICOM|JPEG) file.*, got (one|a broken one)/)
    assert.ok((await decodeImage(whole, 'a.dcm')).width > 0)
  })

const PERSON = 'Doe^Jane'
test('nothing of a person reaches names, facts, notes, errors and volumes', async () => {
  const secret = {
    '00080020': ['DA', '19700101'],
    '00080080': ['LO', PERSON],
    '00081030': ['LO', PERSON],
    '0008103e': ['LO', PERSON],
  } as const
  const person = {
    '00080060': ['CS', PERSON],
    '00100010': ['PN', PERSON],
    '00100020': ['LO', PERSON],
    '00100030': ['DA', '19700101'],
  } as const
  const place = { '00200032': ['DS', '0\\0\\0'], '00200037': ['DS', '1\\0\\0\\0\\1\\0'], '00204000': ['LT', PERSON] } as const
  const tags = { ...secret, ...person, ...place } as unknown as Record<string, Tag>
  const said: string[] = []
  const note = (value: unknown) => said.push(JSON.stringify(value, (_, inner) => (ArrayBuffer.isView(inner) ? undefined : inner)))
  const good = writeDicom({ ...tags, ...grey() })
  const images = await formatOf(good)!.open(bytesSource('a.dcm', good), 'a.dcm')
  for (const image of images) note([image, await image.decode()])
  note((await openSeries([bytesSource('a.dcm', good)], 'study')).left)
  for (const change of [{ '00280004': ['CS', PERSON] }, { '00280008': ['IS', PERSON] }, { '00280100': ['US', 9] }])
    note(`${await openImages(writeDicom({ ...tags, ...grey(change as unknown as Record<string, Tag>) })).catch((error) => error)}`)
  note(`${await openImages(writeDicom({ ...tags, ...grey() }, PERSON)).catch((error) => error)}`)
  assert.equal(said.length, 6)
  for (const text of said) assert.doesNotMatch(text, /Doe|Jane|1970/)
})

test('facts tell what the file is', async () => {
  const factsOf = async (name: string) => {
    const bytes = await file(name)
    return (await formatOf(bytes.subarray(0, 1024))!.open(bytesSource(name, bytes), name))[0].facts
  }
  assert.deepEqual(await factsOf('CT_small'), {
    type: 'int16',
    channels: 1,
    spacing: { x: 0.661468, y: 0.661468, unit: 'mm' },
    window: undefined,
    compression: 'explicit VR little endian',
    others: { modality: 'CT', photometric: 'MONOCHROME2', orientation: 'axial' },
  })
  const { type, window, compression, others } = (await factsOf('window'))!
  assert.deepEqual([type, window, compression, others!['bits']], ['uint16', [-160, 239], 'explicit VR little endian', 12])
  assert.deepEqual((await factsOf('enhanced'))!.others, {
    modality: 'MR',
    frames: 6,
    bits: 12,
    photometric: 'MONOCHROME2',
    orientation: 'sagittal',
  })
})

test('data sets without a header are known by their elements, and nothing else is', async () => {
  for (const name of ['bare-implicit', 'bare-explicit', 'bare-big'])
    assert.equal(formatOf((await file(name)).subarray(0, 1024))?.name, 'DICOM')
  for (const bytes of [
    new Uint8Array(1024),
    Uint8Array.of(8, 0, 5, 0, 1, 2, 3),
    new TextEncoder().encode('\b\0 no data set at all, but a text'),
  ])
    assert.equal(formatOf(bytes), undefined)
})
