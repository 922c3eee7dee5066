/**
 * @file An application bundled by esbuild for Node: it finds the weights, the JPEG decoder and the threads of the package that is installed beside it, and
 * elsewhere says what it lacks.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '#platform'

const PICTURE = join(packageRoot(), 'data/bccd/images/BloodImage_00163.jpg')
/** Prints what became of a picture, with a model that is given or the embedded one. */
const MAIN = `import { readFile } from 'node:fs/promises'
import { Adzus, openBackend } from 'adzus'
const [picture, model] = process.argv.slice(2)
const backend = await openBackend('cpu', { threads: 2 })
const said = {}
try {
  const adzus = await Adzus.load(model, { backend })
  const image = picture === 'pixels' ? { width: 64, height: 48, data: new Uint8Array(64 * 48).map((_, i) => i % 251) } : await readFile(picture)
  const { width } = await adzus.segment(image, { size: 128 })
  said.width = width
} catch (error) {
  said.error = error.message
}
console.log(JSON.stringify({ ...said, description: backend.description, note: backend.note }))
await backend.dispose()
`

interface Said {
  width?: number
  error?: string
  description: string
  note?: string
}

const folder = await mkdtemp(join(tmpdir(), 'adzus-node-bundle-'))
const alone = await mkdtemp(join(tmpdir(), 'adzus-alone-'))
const run = (command: string, cwd = folder) =>
  execFileSync(command, { cwd, shell: true, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
const say = (cwd: string, ...args: string[]): Said =>
  JSON.parse(execFileSync(process.execPath, [join(cwd, 'bundle.mjs'), ...args], { cwd, encoding: 'utf8' }))
try {
  const tarball = run(`npm pack --ignore-scripts --silent --pack-destination ${folder}`, packageRoot()).trim()
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  await writeFile(join(folder, 'app.js'), MAIN)
  run(`npm install --no-audit --no-fund --loglevel=error --omit=optional ./${tarball} esbuild`)
  run('npx esbuild app.js --bundle --platform=node --format=esm --log-level=error --outfile=bundle.mjs')
  const beside = say(folder, PICTURE)
  assert.deepEqual(beside, { width: 640, description: 'CPU (WebAssembly SIMD, 2 threads)' })
  console.log('beside the installed package:', beside)

  await cp(join(folder, 'bundle.mjs'), join(alone, 'bundle.mjs'))
  const model = join(packageRoot(), 'weights/adzus-tiny')
  const pixels = say(alone, 'pixels', model)
  assert.deepEqual([pixels.width, pixels.description], [64, 'CPU (WebAssembly SIMD, 1 thread)'])
  assert.match(`${pixels.note}`, /^1 of 2 threads did not start: the package adzus, .* is not installed beside the bundle$/)
  console.log('without it, pixels:', pixels)
  const jpeg = say(alone, PICTURE, model)
  assert.match(`${jpeg.error}`, /^part of adzus \(JPEG decoder \(mozjpeg_dec\.wasm.*have to be installed beside a bundle\.$/)
  console.log('without it, a JPEG:', jpeg.error)
  const embedded = say(alone, 'pixels')
  assert.match(
    `${embedded.error}`,
    /adzus-tiny\): expected .* It comes with the package adzus, which has to be installed beside a bundle\.$/,
  )
  console.log('without it, the embedded model:', embedded.error)
} finally {
  await rm(folder, { recursive: true, force: true })
  await rm(alone, { recursive: true, force: true })
}
