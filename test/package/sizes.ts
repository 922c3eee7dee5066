/**
 * @file Sizes: of the tarball, of what is installed with and without Dawn, and of a page's scripts
 * (built by esbuild). With `write` (`npm run sizes`) they are written to docs/sizes.md.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt } from '../support/attempts.ts'
import { buildWithEsbuild, gzipped, runPage, scriptsOf } from '../support/bundled.ts'
import { PAGE, project } from '../support/first-mask.ts'
import { install, inTemporaryFolder, pack, write } from '../support/packed.ts'

/** Keeps whatever the package exports. */
const EVERYTHING = `import * as adzus from 'adzus'
globalThis.adzus = adzus
`
const MEGA = 1e6

await inTemporaryFolder(async (folder) => {
  const rows: [what: string, size: string][] = []
  const row = (what: string, size: string) => {
    rows.push([what, size])
    return size
  }
  await attempt('tarball', () => row('the tarball', megabytes(statSync(pack(folder)).size)))
  await attempt('installed with Dawn', () => {
    install(folder, [pack(folder)])
    return row('installed, with Dawn (`webgpu`)', installed(folder))
  })
  await attempt('installed without Dawn', async () => {
    rmSync(join(folder, 'node_modules'), { recursive: true })
    rmSync(join(folder, 'package-lock.json'))
    await project(folder, [], ['--omit=optional'])
    const all = row('installed, without Dawn (`--omit=optional`)', installed(folder))
    return `${all}, of these ${row('of these the package itself, unpacked', megabytes(bytesBelow(join(folder, 'node_modules', 'adzus'))))}`
  })
  await attempt('a page, first mask on the CPU', async () => {
    install(folder, ['esbuild'])
    write(folder, { 'mask/main.js': PAGE })
    const out = join(folder, 'out', 'mask')
    await buildWithEsbuild(folder, 'mask/main.js', out)
    const { description, fetchedFirst, fetched } = await runPage(out)
    assert.match(description, /^CPU/)
    const scripts = (await scriptsOf(out)).filter((script) => fetched.includes(script))
    const first = scripts.filter((script) => fetchedFirst.includes(script))
    const jpeg = scripts.filter((script) => !fetchedFirst.includes(script))
    const said = [
      row('what a page loads for the first mask of a PNG on the CPU', `${await kilobytes(out, first)} gz, in ${first.length} files`),
      row('scripts besides for a JPEG', `${await kilobytes(out, jpeg)} gz, in ${jpeg.length} files`),
      row('the JPEG decoder’s WebAssembly', `${await kilobytes(out, ['a/b/c/mozjpeg_dec.wasm'])} gz`),
    ]
    return said.join('; ')
  })
  await attempt('a page, everything', async () => {
    write(folder, { 'all/main.js': EVERYTHING })
    const out = join(folder, 'out', 'all')
    await buildWithEsbuild(folder, 'all/main.js', out)
    const scripts = await scriptsOf(out)
    return row('all scripts of a page that keeps every export', `${await kilobytes(out, scripts)} gz, in ${scripts.length} files`)
  })
  const table = [['what', 'size'], ['---', '---'], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  console.log(table)
  if (process.argv.includes('write')) writeFileSync(join('docs', 'sizes.md'), page(table))
})

function page(table: string): string {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  return `# Sizes

Of version ${version}, measured by \`npm run sizes\`, which packs, installs and bundles in temporary projects and writes this page. MB and kB are 10⁶ and 10³ bytes; installed sizes are the sum of the files' lengths.

${table}

The weights of the embedded model and CLIP's words make most of the package. The scripts are built by esbuild (\`--bundle --splitting --minify\`), each file compressed by itself; the worker is one of them, and bundled by itself.
`
}

function bytesBelow(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map((entry) => statSync(join(entry.parentPath, entry.name)).size).reduce((a, b) => a + b, 0)
}

function installed(folder: string): string {
  return megabytes(bytesBelow(join(folder, 'node_modules')))
}

function megabytes(bytes: number): string {
  return `${(bytes / MEGA).toFixed(1)} MB`
}

async function kilobytes(out: string, files: readonly string[]): Promise<string> {
  return `${((await gzipped(out, files)) / 1000).toFixed(1)} kB`
}
