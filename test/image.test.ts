/** @file Pictures in, masks out: PNG of every kind, JPEG, the way to RGB, resizing, run lengths, overlays. */
import assert from 'node:assert/strict'
import { inflateSync } from 'node:zlib'
import { decode } from 'fast-png'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import { decodeImage } from '../src/image/decode.ts'
import { overlay } from '../src/image/overlay.ts'
import { segmentPalette } from '../src/image/palette.ts'
import { encodePng } from '../src/image/png-writer.ts'
import { type Pixels, type RgbRaster, toRaster } from '../src/image/raster.ts'
import { resize } from '../src/image/resize.ts'
import { encodeLabels, packRuns } from '../src/image/rle.ts'
import { toRgb } from '../src/image/window.ts'
import { CHANNELS, disc, join, type PngPicture, pngHeader, pngOf, writeJpeg, writePng } from './support/pictures.ts'
import { random } from './support/random.ts'
import { decodeRle, unpackRuns } from './support/rle.ts'

const [WIDTH, HEIGHT] = [11, 9]
const PIXELS = WIDTH * HEIGHT

/** What a pixel becomes: grey repeated, alpha over white. */
function rgbOf(samples: readonly number[], colour: PngPicture['colour'], white: number): number[] {
  const colours = colour === 'grey' || colour === 'greyAlpha' ? [samples[0], samples[0], samples[0]] : samples.slice(0, 3)
  const alpha = colour === 'greyAlpha' || colour === 'rgba' ? samples.at(-1)! / white : 1
  return colours.map((v) => Math.round((v / white) * 255 * alpha + 255 * (1 - alpha)))
}

for (const interlaced of [false, true]) {
  for (const [colour, depths] of [
    ['grey', [1, 2, 4, 8, 16]],
    ['rgb', [8, 16]],
    ['greyAlpha', [8, 16]],
    ['rgba', [8, 16]],
  ] as const)
    for (const depth of depths)
      test(`PNG: ${colour}, ${depth} bits${interlaced ? ', interlaced' : ''}`, async () => {
        const white = 2 ** depth - 1
        const channels = CHANNELS[colour]
        const rng = random(depth)
        const samples = Array.from({ length: PIXELS * channels }, () => rng.int(0, white))
        // So few samples that none is an outlier: black and white are the least and the largest.
        samples[0] = white
        samples[channels] = 0
        const file = writePng({ width: WIDTH, height: HEIGHT, colour, depth, samples, interlaced })
        const raster = await decodeImage(file)
        const expected = Array.from({ length: PIXELS }, (_, i) => rgbOf(samples.slice(i * channels, (i + 1) * channels), colour, white))
        assert.deepEqual([raster.width, raster.height], [WIDTH, HEIGHT])
        assert.deepEqual([...raster.data], expected.flat())
      })

  for (const depth of [1, 2, 4, 8] as const)
    test(`PNG: palette, ${depth} bits${interlaced ? ', interlaced' : ''}`, async () => {
      const rng = random(depth)
      const palette = Array.from({ length: 2 ** depth }, () => [rng.int(0, 255), rng.int(0, 255), rng.int(0, 255)] as const)
      const samples = Array.from({ length: PIXELS }, () => rng.int(0, palette.length - 1))
      const file = writePng({ width: WIDTH, height: HEIGHT, colour: 'palette', depth, samples, palette, interlaced })
      const raster = await decodeImage(file)
      assert.deepEqual(
        [...raster.data],
        samples.flatMap((s) => palette[s]),
      )
    })
}

test('PNG: what is declared transparent becomes white', async () => {
  const picture = { width: 8, height: 8 }
  const of = (pixels: number[][]) => Array.from({ length: 64 }, (_, i) => pixels[i % pixels.length]).flat()
  const cases: [string, Uint8Array, number[][]][] = [
    [
      'grey',
      writePng({ ...picture, colour: 'grey', depth: 8, samples: of([[10], [20]]), transparency: [0, 20] }),
      [
        [10, 10, 10],
        [255, 255, 255],
      ],
    ],
    [
      'grey, 2 bits',
      writePng({ ...picture, colour: 'grey', depth: 2, samples: of([[1], [2]]), transparency: [0, 1] }),
      [
        [255, 255, 255],
        [170, 170, 170],
      ],
    ],
    [
      'grey, 16 bits',
      writePng({ ...picture, colour: 'grey', depth: 16, samples: of([[65535], [257]]), transparency: [1, 1] }),
      [
        [255, 255, 255],
        [255, 255, 255],
      ],
    ],
    [
      'rgb',
      writePng({
        ...picture,
        colour: 'rgb',
        depth: 8,
        samples: of([
          [1, 2, 3],
          [1, 2, 4],
        ]),
        transparency: [0, 1, 0, 2, 0, 3],
      }),
      [
        [255, 255, 255],
        [1, 2, 4],
      ],
    ],
    [
      'palette',
      writePng({
        ...picture,
        colour: 'palette',
        depth: 8,
        samples: of([[0], [1], [2]]),
        palette: [
          [200, 0, 0],
          [0, 200, 0],
          [0, 0, 200],
        ],
        transparency: [0, 51],
      }),
      [
        [255, 255, 255],
        [204, 244, 204],
        [0, 0, 200],
      ],
    ],
  ]
  for (const [name, file, expected] of cases) assert.deepEqual([...(await decodeImage(file)).data], of(expected), name)
})

test('PNG: damage is noticed', async () => {
  const file = writePng({ width: 30, height: 20, colour: 'rgb', depth: 8, samples: disc(30, 20) })
  const broken = [0.2, 0.5, 0.9].map((share) => file.slice(0, file.length * share))
  // A bit of the compressed data, which the checksum covers, and one of the height.
  for (const at of [60, 23]) broken.push(file.map((byte, i) => (i === at ? byte ^ 1 : byte)))
  for (const [i, bytes] of broken.entries())
    await assert.rejects(decodeImage(bytes, 'x.png'), /image.*\(x\.png\): expected a PNG file(?!.*[:.]\.)/, `${i}`)
})

test('pictures that are too small, too large, or none', async () => {
  const header = (width: number, height: number) => pngOf(pngHeader(width, height, 8, 0))
  for (const [width, height] of [
    [1, 1],
    [7, 100],
    [0, 0],
    [2 ** 31 - 1, 2 ** 31 - 1],
    [40000, 40000],
  ])
    await assert.rejects(decodeImage(header(width, height)), new RegExp(`sides of 8 pixels.*got ${width} × ${height}`))
  const text = (s: string) => new TextEncoder().encode(s)
  for (const [bytes, message] of [
    [new Uint8Array(0), /an empty file/],
    [text('GIF89a'), /a GIF file\. Convert it to PNG/],
    [text('RIFF....WEBP'), /WebP/],
    [Uint8Array.of(0x49, 0x49, 0x2a, 0), /TIFF/],
    [Uint8Array.of(1, 2, 3), /something else/],
  ] as const)
    await assert.rejects(decodeImage(bytes, 'there'), (error) => error instanceof AdzusError && message.test(error.message))
})

test('JPEG: baseline and progressive', async () => {
  const [width, height] = [37, 21]
  const rgb = disc(width, height)
  for (const progressive of [false, true]) {
    const file = await writeJpeg(width, height, rgb, { progressive })
    assert.equal(file.includes(0xc2) && marker(file, 0xc2) > 0, progressive, 'the kind of frame')
    const raster = await decodeImage(file)
    assert.deepEqual([raster.width, raster.height], [width, height])
    // Far from the disc's edge, where colours are smooth.
    for (const at of [0, 3 * (Math.floor(height / 2) * width + Math.floor(width / 2))])
      for (let c = 0; c < 3; c++) assert.ok(Math.abs(raster.data[at + c] - rgb[at + c]) <= 6)
  }
})

/** Where a marker stands, or −1. */
function marker(file: Uint8Array, code: number): number {
  for (let i = 0; i + 1 < file.length; i++) if (file[i] === 0xff && file[i + 1] === code) return i
  return -1
}

test('JPEG: a file that ends too soon is refused, even with a thumbnail that is whole', async () => {
  const file = await writeJpeg(64, 64, disc(64, 64))
  const small = await writeJpeg(16, 16, disc(16, 16))
  // APP1 with a whole JPEG inside, as cameras write it.
  const segment = join([Uint8Array.of(0xff, 0xe1, (small.length + 2) >> 8, (small.length + 2) & 255), small])
  const photo = join([file.subarray(0, 2), segment, file.subarray(2)])
  assert.equal((await decodeImage(photo)).width, 64)
  for (const bytes of [file, photo])
    for (const cut of [5, 50, 500])
      await assert.rejects(
        decodeImage(bytes.slice(0, bytes.length - cut), 'x.jpg'),
        /x\.jpg.*missing or damaged data: .*premature end.*Is the file complete/,
      )
  await assert.rejects(decodeImage(photo.slice(0, 30)), /no frame header/)
  // All but the end marker, or all but half of it.
  for (const cut of [1, 2]) {
    const { data, notes } = await decodeImage(photo.slice(0, photo.length - cut))
    assert.deepEqual(notes, ['its end marker is missing, but all its pixels are there'])
    assert.deepEqual(data, (await decodeImage(file)).data)
  }
})

test('pixels in memory become 8-bit RGB', () => {
  const of = (data: Uint8Array | Uint16Array | Uint8ClampedArray, first = 3) => [
    ...toRgb(toRaster({ width: 8, height: 8, data })).rgb.data.subarray(0, first),
  ]
  const fill = <T extends Uint8Array | Uint16Array | Uint8ClampedArray>(array: T, pixel: number[]) => {
    for (let i = 0; i < array.length; i++) array[i] = pixel[i % pixel.length]
    return array
  }
  assert.deepEqual(of(fill(new Uint8Array(64), [7])), [7, 7, 7])
  assert.deepEqual(of(fill(new Uint8Array(128), [100, 51])), [224, 224, 224])
  assert.deepEqual(of(fill(new Uint8ClampedArray(256), [0, 100, 200, 255])), [0, 100, 200])
  assert.deepEqual(of(fill(new Uint8Array(256), [9, 9, 9, 0])), [255, 255, 255])
  assert.throws(() => toRaster({ width: 8, height: 8, data: new Uint8Array(65) }), /8 × 8 × 1, 2, 3 or 4 samples, got 65/)
  for (const [other, got] of [
    [undefined, 'undefined'],
    [null, 'null'],
    ['a.png', 'string'],
    [new ArrayBuffer(64), 'ArrayBuffer'],
    [{ width: 8, height: 8 }, 'Object'],
    [{ width: 8, height: 8, data: new Float64Array(64) }, 'data as Float64Array'],
    [{ width: 8, height: 8, data: Array(64).fill(0) }, 'data as Array'],
  ] as const)
    assert.throws(() => toRaster(other as unknown as Pixels), new RegExp(`image \\(image\\): expected a file’s bytes .*, got ${got}\\.`))
  assert.throws(() => toRaster({ width: 8.5, height: 8, data: new Uint8Array(68) }), /sides of 8 pixels/)
})

/**
 * Pillow 12, for SIZE in (3, 2), (10, 9), (4, 11); the picture's samples are (37x + 91y + 53c + 11xy) mod 256:
 *   a = np.array([[[(x*37 + y*91 + c*53 + x*y*11) % 256 for c in range(3)] for x in range(7)] for y in range(5)], np.uint8)
 *   np.array(Image.fromarray(a).resize(SIZE, Image.LANCZOS)).flatten().tolist()
 * Of (10, 9) and (4, 11) the first 30 and the last 15 numbers.
 */
const PILLOW: { size: [number, number]; first: number[]; last: number[] }[] = [
  { size: [3, 2], first: [107, 130, 142, 136, 138, 143, 137, 126, 130, 123, 149, 118, 126, 123, 102, 101, 132, 122], last: [] },
  {
    size: [10, 9],
    first: [
      0, 44, 88, 9, 57, 101, 38, 80, 145, 54, 105, 198, 75, 160, 221, 116, 198, 255, 170, 224, 255, 196, 255, 64, 218, 126, 4, 231, 0, 60,
    ],
    last: [243, 1, 33, 75, 41, 3, 51, 163, 76, 130, 218],
  },
  {
    size: [4, 11],
    first: [
      5, 50, 96, 54, 116, 213, 155, 243, 220, 226, 108, 23, 21, 83, 139, 100, 136, 175, 135, 190, 199, 191, 130, 77, 53, 139, 203, 173, 165,
      113,
    ],
    last: [140, 165, 209, 118, 54, 121, 143, 121, 188, 82, 33, 78, 143],
  },
]

test('resizing equals Pillow’s Lanczos', () => {
  const [w, h] = [7, 5]
  const data = Uint8Array.from({ length: w * h * 3 }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % w, Math.floor(i / 3 / w)]
    return (37 * x + 91 * y + 53 * c + 11 * x * y) % 256
  })
  for (const { size, first, last } of PILLOW) {
    const result = resize({ width: w, height: h, data }, ...size)
    assert.deepEqual([result.width, result.height], size)
    assert.deepEqual([...result.data.subarray(0, first.length)], first)
    assert.deepEqual([...result.data.subarray(result.data.length - last.length)], last)
  }
})

test('resizing keeps a flat picture flat, and the same size as it is', () => {
  const flat: RgbRaster = { width: 50, height: 3, data: new Uint8Array(450).fill(77) }
  for (const [w, h] of [
    [1, 1],
    [64, 64],
    [7, 100],
  ])
    assert.ok(resize(flat, w, h).data.every((v) => v === 77))
  assert.equal(resize(flat, 50, 3), flat)
})

test('run lengths: literal examples', () => {
  // pycocotools 2: mask.encode(np.asfortranarray(labels == k)) of 40 × 12 pixels (height × width).
  const [width, height] = [12, 40]
  const labels = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    return y >= 36 ? 3 : (x - 5) ** 2 + ((y - 18) / 3) ** 2 < 16 ? 2 : 1
  })
  assert.deepEqual(encodeLabels(labels, width, height, 3), [
    { size: [40, 12], counts: '0T1400WO;OENa0O_O0c0O]O1c0O]O1c0O]O2a0O_O4;OEj000000' },
    { size: [40, 12], counts: 'k2?f06L2O0001N4J`3' },
    { size: [40, 12], counts: 'T14T1000000000000000000000' },
  ])
  // Five bits a character: 16 needs a second one for its sign, differences begin with the fourth run.
  assert.equal(packRuns([0, 9]), '09')
  assert.equal(packRuns([5, 3, 1, 4]), '5311')
  assert.equal(packRuns([16]), '`0')
  assert.deepEqual(unpackRuns(packRuns([1, 2, 3, 4, 5, 1000000, 1, 2])), [1, 2, 3, 4, 5, 1000000, 1, 2])
})

test('run lengths: every label of random maps comes back', () => {
  const rng = random(5)
  for (let round = 0; round < 50; round++) {
    const [width, height, count] = [rng.int(1, 20), rng.int(1, 20), rng.int(1, 6)]
    const labels = Uint8Array.from({ length: width * height }, () => rng.int(1, count))
    encodeLabels(labels, width, height, count).forEach((rle, i) => {
      assert.deepEqual(rle.size, [height, width])
      assert.deepEqual(
        [...decodeRle(rle)],
        [...labels].map((l) => (l === i + 1 ? 1 : 0)),
      )
    })
  }
})

test('what is written as PNG is read again, checksums included', async () => {
  const rng = random(3)
  for (const channels of [1, 3])
    for (const [width, height] of [
      [1, 1],
      [7, 5],
      [300, 200],
    ]) {
      const samples = Uint8Array.from({ length: channels * width * height }, () => rng.int(0, 255))
      const png = decode(await encodePng(width, height, samples), { checkCrc: true })
      assert.deepEqual([png.width, png.height, png.depth, png.channels], [width, height, 8, channels])
      assert.deepEqual([...png.data], [...samples])
    }
})

test('labels of 16 bits survive as PNG', async () => {
  const labels = Uint16Array.from({ length: 8 * 9 }, (_, i) => i * 900)
  const png = decode(await encodePng(8, 9, labels), { checkCrc: true })
  assert.deepEqual([png.width, png.height, png.depth, png.channels], [8, 9, 16, 1])
  assert.deepEqual([...png.data], [...labels])
})

test('labels with a palette keep their integers, and have the overlay’s colours', async () => {
  const [width, height] = [16, 16]
  const labels = Uint8Array.from({ length: 256 }, (_, i) => Math.max(1, i))
  const palette = segmentPalette(255)
  assert.equal(new Set(palette.map((colour) => colour.join())).size, 256, 'all colours are different')
  assert.deepEqual(palette[0], [0, 0, 0])
  const bytes = await encodePng(width, height, labels, { software: 'us', palette })
  const png = decode(bytes, { checkCrc: true })
  assert.deepEqual([png.depth, png.channels, png.text['Software']], [8, 1, 'us'])
  assert.deepEqual([...png.data], [...labels])
  assert.deepEqual(png.palette, palette)
  // By hand: colour type 3 in the header, and indices behind the filter's number in every row.
  assert.deepEqual([...bytes.subarray(24, 26)], [8, 3])
  const at = Buffer.from(bytes).indexOf('IDAT')
  const lines = inflateSync(bytes.subarray(at + 4, at + 4 + Buffer.from(bytes).readUInt32BE(at - 4)))
  assert.deepEqual(
    [...lines].filter((_, i) => i % (width + 1) > 0),
    [...labels],
  )
  // Our own reader shows what a viewer shows.
  const seen = await decodeImage(bytes)
  const black: RgbRaster = { width, height, data: new Uint8Array(3 * 256) }
  assert.deepEqual(
    [...overlay(black, labels, new Uint8Array(256))],
    [...seen.data].map((v) => Math.round(0.15 * v)),
  )
})

test('the overlay tints segments, outlines the foreground and leaves the picture alone', () => {
  const [width, height] = [8, 8]
  const image: RgbRaster = { width, height, data: new Uint8Array(192).fill(100) }
  const inside = (i: number) => i % 8 >= 2 && i % 8 <= 5 && i >= 16 && i < 48
  const labels = Uint8Array.from({ length: 64 }, (_, i) => (inside(i) ? 2 : 1))
  const mask = labels.map((l) => (l === 2 ? 255 : 0))
  const out = overlay(image, labels, mask)
  const at = (x: number, y: number) => [...out.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)]
  assert.ok(image.data.every((v) => v === 100))
  assert.deepEqual(at(2, 2), [255, 230, 0])
  assert.notDeepEqual(at(3, 3), at(0, 0))
  assert.notDeepEqual(at(3, 3), [255, 230, 0])
  // The picture's own edge is no outline.
  const whole = overlay(image, labels, new Uint8Array(64).fill(255))
  assert.notDeepEqual([...whole.subarray(0, 3)], [255, 230, 0])
})
