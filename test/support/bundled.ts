/** @file Pages that a bundler has built: building with esbuild, and running in Chromium. */
import assert from 'node:assert/strict'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { FIRST_MASK, type FirstMask, pictures } from './first-mask.ts'
import { runIn } from './packed.ts'
import { findBrowser, openPage } from './page.ts'

/** Fails where there is no Chromium. */
export async function browser() {
  const chromium = await findBrowser()
  assert.ok(typeof chromium !== 'string', `${chromium}`)
  return chromium
}

/**
 * Opens a built page and waits for what it finds; also which files it fetched, for its first mask
 * and in all.
 */
export async function runPage(out: string): Promise<FirstMask & { fetchedFirst: string[]; fetched: string[] }> {
  const html = await readFile(join(out, 'index.html'))
  const served = await pictures()
  const fetched = new Set<string>()
  let fetchedFirst: string[] = []
  const { page, close } = await openPage(await browser(), {
    root: out,
    isolated: true,
    handle(_request, response, path) {
      fetched.add(path.slice(1))
      if (path === FIRST_MASK) fetchedFirst = [...fetched]
      const own = path === '/' ? html : served[path]
      if (own) response.writeHead(200, { 'content-type': path === '/' ? 'text/html' : 'application/octet-stream' }).end(own)
      return own !== undefined
    },
  })
  try {
    page.on('pageerror', (error) => console.error(`${error}`))
    await page.waitForFunction('globalThis.done', undefined, { timeout: 120_000 })
    return { ...(await page.evaluate<FirstMask>('globalThis.done')), fetchedFirst, fetched: [...fetched] }
  } finally {
    await close()
  }
}

/** The scripts of a built page. */
export async function scriptsOf(out: string): Promise<string[]> {
  return (await readdir(out, { recursive: true })).map((file) => file.replaceAll('\\', '/')).filter((file) => /\.m?js$/.test(file))
}

/** Bytes of files, each compressed by itself. */
export async function gzipped(out: string, files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => gzipSync(await readFile(join(out, file))).length))
  return sizes.reduce((a, b) => a + b, 0)
}

/**
 * Builds `main` of a project with esbuild. It does not follow `new URL`: worker, WebAssembly and
 * weights are put where the scripts look for them.
 */
export async function buildWithEsbuild(project: string, main: string, out: string): Promise<void> {
  const scripts = join(out, 'a/b/c')
  const common = ['--bundle', '--format=esm', '--minify', `--outdir=${scripts}`]
  runIn(project, 'npx', ['esbuild', main, '--splitting', ...common])
  runIn(project, 'npx', ['esbuild', 'node_modules/adzus/dist/src/platform/browser-thread.js', ...common])
  const installed = join(project, 'node_modules')
  await cp(join(installed, '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'), join(scripts, 'mozjpeg_dec.wasm'))
  await mkdir(join(out, 'weights'), { recursive: true })
  await cp(join(installed, 'adzus/weights/adzus-tiny'), join(out, 'weights/adzus-tiny'), { recursive: true })
  await loading(out, 'a/b/c/main.js')
}

/** Writes a page that loads a script. */
export async function loading(out: string, script: string): Promise<void> {
  await writeFile(join(out, 'index.html'), `<!doctype html><script type="module" src="./${script}"></script>`)
}
