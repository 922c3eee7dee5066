/**
 * @file An application bundled by esbuild for Node: it finds the weights, the JPEG decoder and the
 * threads of the package that is installed beside it, and elsewhere says what it lacks.
 */
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { attempt } from '../support/attempts.ts'
import { install, inTemporaryFolder, pack, runIn, write } from '../support/packed.ts'

const PICTURE = resolve('data/bccd/images/BloodImage_00163.jpg')
const MODEL = resolve('weights/adzus-tiny')
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

await inTemporaryFolder(async (folder) => {
  install(folder, [pack(folder), 'esbuild'], ['--omit=optional'])
  write(folder, { 'app.js': MAIN })
  runIn(folder, 'npx', ['esbuild', 'app.js', '--bundle', '--platform=node', '--format=esm', '--log-level=error', '--outfile=bundle.mjs'])
  await attempt('a bundle beside the installed package', () => {
    const said = say(folder, PICTURE)
    assert.deepEqual(said, { width: 640, description: 'CPU (WebAssembly SIMD, 2 threads)' })
    return said.description
  })
  await inTemporaryFolder(async (alone) => {
    cpSync(join(folder, 'bundle.mjs'), join(alone, 'bundle.mjs'))
    await attempt('a bundle alone: pixels', () => {
      const { width, description, note } = say(alone, 'pixels', MODEL)
      assert.deepEqual([width, description], [64, 'CPU (WebAssembly SIMD, 1 thread)'])
      assert.match(`${note}`, /^1 of 2 threads did not start: the package adzus, .* is not installed beside the bundle$/)
      return note
    })
    await attempt('a bundle alone: a JPEG', () => {
      const { error } = say(alone, PICTURE, MODEL)
      assert.match(`${error}`, /^part of adzus \(JPEG decoder \(mozjpeg_dec\.wasm.*have to be installed beside a bundle\.$/)
      return error
    })
    await attempt('a bundle alone: the embedded model', () => {
      const { error } = say(alone, 'pixels')
      assert.match(`${error}`, /adzus-tiny\): expected .* It comes with the package adzus, which has to be installed beside a bundle\.$/)
      return error
    })
  })
})

function say(folder: string, ...args: string[]): Said {
  return JSON.parse(runIn(folder, process.execPath, ['bundle.mjs', ...args]))
}
