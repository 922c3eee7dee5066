/**
 * @file The packed package in a page, bundled by Vite, webpack and esbuild: one picture has the
 * labels that Node gives it.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { attempt, chosen } from '../support/attempts.ts'
import { buildWithEsbuild, gzipped, loading, runPage, scriptsOf } from '../support/bundled.ts'
import { expected, PAGE, picture, project } from '../support/first-mask.ts'
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

await inTemporaryFolder(async (folder) => {
  const { labels } = await expected()
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
      const got = await runPage(out, await picture())
      assert.deepEqual(got.labels, Array.from(labels))
      const scripts = await scriptsOf(out)
      return `${got.description}, the same labels; ${scripts.length} scripts, ${((await gzipped(out, scripts)) / 1000).toFixed(1)} kB gz`
    })
})
