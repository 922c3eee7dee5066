/**
 * @file Figures of a set with masks: `node dist/examples/figure.js DATA OUT [OPTIONS]`. DATA holds
 * `images/` and `masks/` with the same names; OPTIONS are those of `adzus.segment`, as JSON. For
 * every picture that has a mask, OUT gets `NAME.figure.png` (the picture, the picture with the true
 * outline in green and the result's in yellow, and the result), and `dice.csv` a line.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { Adzus, decodeImage, encodePng, overlap, type RgbRaster, type SegmentOptions } from 'adzus'

type Colour = readonly [red: number, green: number, blue: number]
const [TRUE, FOUND]: Colour[] = [
  [0, 200, 80],
  [255, 220, 0],
]

const [data, out, options = '{}'] = process.argv.slice(2)
if (out === undefined) {
  console.error('usage: figure.js DATA OUT [OPTIONS]')
  process.exit(2)
}
const nameOf = (file: string) => basename(file, extname(file))
const masks = new Map((await readdir(join(data, 'masks'))).map((file) => [nameOf(file), join(data, 'masks', file)]))
const images = (await readdir(join(data, 'images'))).filter((file) => masks.has(nameOf(file))).sort()

await mkdir(out, { recursive: true })
const adzus = await Adzus.load()
const lines = ['image,dice,iou']
for (const file of images) {
  const name = nameOf(file)
  const { image, mask } = await adzus.segment(await readFile(join(data, 'images', file)), JSON.parse(options) as SegmentOptions)
  const truth = await readMask(masks.get(name)!, image)
  const { dice, iou } = overlap(mask, truth)
  lines.push([name, dice.toFixed(4), iou.toFixed(4)].join(','))
  const outlined = outline(outline(image, truth, TRUE), mask, FOUND)
  await writeFile(join(out, `${name}.figure.png`), await encodePng(besideOneAnother([image, outlined, grey(image, mask)])))
}
await adzus.dispose()
await writeFile(join(out, 'dice.csv'), `${lines.join('\n')}\n`)
console.log(`${images.length} figures in ${out}`)

/** A mask of the picture's size: inside wherever it is brighter than half. */
async function readMask(path: string, { width, height }: RgbRaster): Promise<Uint8Array> {
  const truth = await decodeImage(await readFile(path), path)
  if (truth.width !== width || truth.height !== height)
    throw new Error(`${path}: ${truth.width} × ${truth.height} pixels, its picture has ${width} × ${height}`)
  return Uint8Array.from({ length: width * height }, (_, i) => (truth.data[3 * i] > 127 ? 255 : 0))
}

/** Paints the pixels of a mask that have a neighbour outside of it. */
function outline({ width, height, data }: RgbRaster, mask: Uint8Array, colour: Colour): RgbRaster {
  const painted = data.slice()
  const outside = (x: number, y: number) => x < 0 || y < 0 || x >= width || y >= height || mask[y * width + x] === 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (outside(x, y)) continue
      const atEdge = outside(x - 1, y) || outside(x + 1, y) || outside(x, y - 1) || outside(x, y + 1)
      if (atEdge) painted.set(colour, 3 * (y * width + x))
    }
  return { width, height, data: painted }
}

function grey({ width, height }: RgbRaster, mask: Uint8Array): RgbRaster {
  return { width, height, data: Uint8Array.from({ length: 3 * mask.length }, (_, i) => mask[Math.floor(i / 3)]) }
}

function besideOneAnother(pictures: readonly RgbRaster[]): RgbRaster {
  const [{ width, height }] = pictures
  const row = 3 * width
  const data = new Uint8Array(pictures.length * row * height)
  for (const [i, picture] of pictures.entries())
    for (let y = 0; y < height; y++) data.set(picture.data.subarray(y * row, (y + 1) * row), (y * pictures.length + i) * row)
  return { width: pictures.length * width, height, data }
}
