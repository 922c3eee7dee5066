/**
 * @file `npm run docs:pictures`: makes the pictures of the documents (docs/images) by the commands
 * that the documents show, of pictures that may be passed on: BCCD (MIT) and nuclei (CC0).
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import encodeJpeg, { init } from '@jsquash/jpeg/encode.js'
import { root, setup } from './setup.mjs'

setup()
const { Adzus, decodeImage, encodePng, heatMap } = await import('../dist/src/index.js')
const { resize } = await import('../dist/src/image/resize.js')

const SMEAR = join(root, 'data', 'bccd', 'images', 'BloodImage_00163.jpg')
const NUCLEI = join(root, 'data', 'nuclei')
const IMAGES = join(root, 'docs', 'images')
/** Pixels between pictures that stand side by side. */
const GAP = 8
const QUALITY = 82

await init(await WebAssembly.compile(readFileSync(join(root, 'node_modules', '@jsquash', 'jpeg', 'codec', 'enc', 'mozjpeg_enc.wasm'))))
const work = mkdtempSync(join(tmpdir(), 'adzus-pictures-'))
mkdirSync(IMAGES, { recursive: true })
try {
  await firstMask()
  await looks()
  await layers()
  await thresholds()
  await figure()
  await tool()
  await report()
  await masks()
} finally {
  rmSync(work, { recursive: true })
}
for (const name of readdirSync(IMAGES)) console.log(`docs/images/${name}: ${readFileSync(join(IMAGES, name)).length} bytes`)

/** A picture, its overlay and its mask. */
async function firstMask() {
  const name = segment(SMEAR, 'first', [])
  await save('first-mask', [[SMEAR, `${name}.overlay.png`, `${name}.mask.png`]], 400)
}

/** Where three pixels look: a nucleus, a red cell, the background. */
async function looks() {
  const pixels = ['360,200', '250,95', '120,400']
  await save('where-pixels-look', [pixels.map((pixel) => look(pixel, []))], 400)
}

/** The same pixel in layers of four grids, from the coarsest. */
async function layers() {
  const names = ['mid_block', 'up_blocks.1.attentions.0', 'up_blocks.2.attentions.0', 'up_blocks.3.attentions.0']
  await save('layers', [names.map((name) => look('360,200', ['--layers', name]))], 300)
}

/** Segments by three thresholds. */
async function thresholds() {
  const values = ['0.05', '0.1', '0.4']
  await save('thresholds', [values.map((value) => `${segment(SMEAR, `t${value}`, ['--threshold', value])}.overlay.png`)], 400)
}

/** Rows of `examples/figure.ts` for three pictures. */
async function figure() {
  const out = join(work, 'figures')
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'dist', 'examples', 'figure.js'), NUCLEI, out], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const rows = readdirSync(out)
    .filter((name) => name.endsWith('.png'))
    .sort()
    .slice(0, 3)
  await save(
    'figure',
    rows.map((name) => [join(out, name)]),
    720,
    180,
  )
}

/** The annotation tool in Chromium after a click on the nucleus; left as it is where there is no Chromium. */
async function tool() {
  const { findBrowser } = await import('../dist/test/support/page.js')
  const { ISOLATION, serveFolder } = await import('../dist/test/support/static-server.js')
  const chromium = await findBrowser()
  if (typeof chromium === 'string') return console.error(`annotation-tool: ${chromium}`)
  const { build } = await import('vite')
  await build({
    root: join(root, 'examples', 'annotation-tool'),
    logLevel: 'error',
    build: { outDir: join(work, 'tool'), emptyOutDir: true },
  })
  const server = await serveFolder(join(work, 'tool'), ISOLATION)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage({ viewport: { width: 720, height: 640 } })
    await page.goto(server.base)
    await page.locator('#file').setInputFiles(SMEAR)
    const says = (words) => page.locator('#status', { hasText: words }).waitFor({ timeout: 120_000 })
    await says('click on something')
    await page.locator('#marks').click({ position: { x: 360, y: 200 } })
    await says('pixels in')
    await page.screenshot({ path: join(IMAGES, 'annotation-tool.jpg'), type: 'jpeg', quality: QUALITY })
  } finally {
    await browser.close()
    server.close()
  }
}

/** The beginning of a report on the nuclei that come along; left as it is where there is no Chromium. */
async function report() {
  const { findBrowser } = await import('../dist/test/support/page.js')
  const chromium = await findBrowser()
  if (typeof chromium === 'string') return console.error(`report: ${chromium}`)
  adzus(['evaluate', NUCLEI, '-o', join(work, 'report'), '--methods', 'auto,center', '--baselines', 'disc,otsu'])
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage({ viewport: { width: 980, height: 1000 } })
    await page.goto(pathToFileURL(join(work, 'report', 'report.html')).href)
    const { y, height } = await page.locator('section.set').boundingBox()
    const clip = { x: 0, y: 0, width: 980, height: y + height }
    await page.screenshot({ path: join(IMAGES, 'report.jpg'), type: 'jpeg', quality: 72, clip, fullPage: true })
  } finally {
    await browser.close()
  }
}

/**
 * The steps of the foreground auto. Above: the picture, and what stands out at three strengths of
 * absorption. Below: one of these cut by Otsu's threshold, GrabCut from the same, the candidate that
 * was chosen, and the mask at the picture's size.
 */
async function masks() {
  const [{ BandedMap }, { Tensor }, { openScene }, { promptedCuts }, { chooseAuto }] = await Promise.all(
    ['attention/banded-map', 'tensor/index', 'foreground/scene', 'foreground/candidates/cuts', 'foreground/auto'].map(
      (module) => import(`../dist/src/${module}.js`),
    ),
  )
  const adzus = await Adzus.load(undefined, { backend: 'cpu' })
  const view = await adzus.look(new Uint8Array(readFileSync(SMEAR)))
  const { image } = view
  const { grid } = await view.attention({ x: 0, y: 0 })
  const cells = grid.h * grid.w
  const rows = new Float32Array(cells * cells)
  for (let cell = 0; cell < cells; cell++) {
    const [x, y] = [cell % grid.w, Math.floor(cell / grid.w)]
    const at = { x: Math.floor(((x + 0.5) * image.width) / grid.w), y: Math.floor(((y + 0.5) * image.height) / grid.h) }
    rows.set((await view.attention(at)).values, cell * cells)
  }
  const map = BandedMap.of(grid, Tensor.from(adzus.backend, rows, [cells, cells], 'map'))
  const scene = await openScene(map, image)
  const file = async (name, picture) => {
    const path = join(work, `masks-${name}.png`)
    writeFileSync(path, await encodePng(picture))
    return path
  }
  const grey = (mask, side) => ({
    ...side,
    data: Uint8Array.from({ length: 3 * mask.length }, (_, i) => (mask[Math.floor(i / 3)] ? 255 : 0)),
  })
  const square = (mask) => grey(mask, { width: scene.small.width, height: scene.small.height })
  const cuts = new Map(promptedCuts(scene).map(({ name, mask }) => [name, mask]))
  const above = scene.prominences.map(({ sigma, cells: values }) => file(sigma, { ...image, data: heatMap(image, values, grid) }))
  const { mask } = await view.segment()
  const below = [cuts.get('chain 0.5 1'), cuts.get('cut 0.5 1'), chooseAuto(scene).mask].map((found, i) =>
    file(`below-${i}`, square(found)),
  )
  const tiles = [
    [SMEAR, ...(await Promise.all(above))],
    [...(await Promise.all(below)), await file('mask', grey(mask, image))],
  ]
  await save('masks', tiles, 300, 225)
  scene.walk.dispose()
  map.dispose()
  await view.dispose()
  await adzus.dispose()
}

/** Runs `adzus segment`; the results’ path without what follows the name. */
function segment(image, folder, options) {
  adzus(['segment', image, '-o', join(work, folder), ...options])
  return join(work, folder, basename(image, extname(image)))
}

/** Runs `adzus segment --attention`; the heat map’s path. */
function look(pixel, options) {
  const path = join(work, `look-${pixel}-${options.join('')}.png`)
  adzus(['segment', SMEAR, '--attention', pixel, '-o', path, ...options])
  return path
}

function adzus(args) {
  const options = ['--backend', 'cpu', '--quiet', '--no-cache']
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'adzus.js'), ...args, ...options], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`adzus ${args.join(' ')}\n${stderr}`)
}

/** Writes rows of pictures as one JPEG, each of this width (and of this height, or as it comes). */
async function save(name, rows, width, height) {
  const read = async (path) => {
    const picture = await decodeImage(new Uint8Array(readFileSync(path)))
    return resize(picture, width, height ?? Math.round((picture.height * width) / picture.width))
  }
  const tiles = await Promise.all(rows.map((row) => Promise.all(row.map(read))))
  const high = tiles[0][0].height
  const size = { width: tiles[0].length * (width + GAP) - GAP, height: tiles.length * (high + GAP) - GAP }
  const data = new Uint8ClampedArray(4 * size.width * size.height).fill(255)
  for (const [j, row] of tiles.entries())
    for (const [i, tile] of row.entries())
      for (let y = 0; y < high; y++)
        for (let x = 0; x < width; x++) {
          const at = 3 * (y * width + x)
          data.set(tile.data.subarray(at, at + 3), 4 * ((j * (high + GAP) + y) * size.width + i * (width + GAP) + x))
        }
  writeFileSync(join(IMAGES, `${name}.jpg`), new Uint8Array(await encodeJpeg({ ...size, data }, { quality: QUALITY })))
}
