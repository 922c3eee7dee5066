/**
 * @file The packed package in a page, bundled by Vite, webpack and esbuild: one picture has the
 * labels that Node gives it, as PNG and as JPEG. What the page loads for the first mask of the PNG
 * on the CPU, scripts and WebAssembly, is at most 120 kB gzipped.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { attempt, chosen } from '../support/attempts.ts'
import { buildWithEsbuild, gzipped, loading, runPage, scriptsOf } from '../support/bundled.ts'
import { expected, PAGE, project } from '../support/first-mask.ts'
import { install, inTemporaryFolder, runIn, write } from '../support/packed.ts'

/** What to install, and what builds `main.js` of a project into a folder. */
const BUNDLERS = {
  vite: {
    packages: ['vite@6'],
    build: async (folder: string, out: string) => void runIn(folder, 'npx', ['vite', 'build', '--outDir', out, '--target', 'esnext']),
  },
  webpack: {
    packages: ['webpack@5', 'webpack-cli'],
    async build(folder: string, out: string) {
      runIn(folder, 'npx', ['webpack', '--mode', 'production', '--entry', './main.js', '-o', out])
      await loading(out, 'main.js')
    },
  },
  esbuild: { packages: ['esbuild'], build: (folder: string, out: string) => buildWithEsbuild(folder, 'main.js', out) },
}

const loaded = (files: readonly string[]) => files.filter((file) => /\.(m?js|wasm)$/.test(file))
/** Bytes, gzipped, of scripts and WebAssembly for a first mask. */
const LIMIT = 128_000

await inTemporaryFolder(async (folder) => {
  const labels = Array.from((await expected()).labels)
  const bundlers = chosen(BUNDLERS)
  await project(folder, [], ['--omit=optional'])
  // Bundlers have their binaries as optional packages.
  install(
    folder,
    bundlers.flatMap(([, { packages }]) => packages),
  )
  write(folder, { 'main.js': PAGE, 'index.html': '<!doctype html><script type="module" src="./main.js"></script>' })
  for (const [name, { build }] of bundlers)
    await attempt(name, async () => {
      const out = join(folder, 'out', name)
      await build(folder, out)
      const got = await runPage(out)
      assert.deepEqual(got.png, labels)
      assert.deepEqual(got.jpeg, labels)
      assert.equal(got.note, undefined)
      const first = await gzipped(out, loaded(got.fetchedFirst))
      assert.ok(first <= LIMIT, `${first} bytes for a first mask: ${got.fetchedFirst}`)
      const sizes = [first, await gzipped(out, loaded(got.fetched)), await gzipped(out, await scriptsOf(out))]
      const [mask, jpeg, all] = sizes.map((bytes) => `${(bytes / 1000).toFixed(1)} kB`)
      return `${got.description}, the same labels; gzipped: first mask ${mask}, with a JPEG ${jpeg}; all scripts ${all}`
    })
})
