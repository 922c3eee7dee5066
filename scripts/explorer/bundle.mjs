/**
 * @file Packs the explorer into a folder: page, worker and threads by esbuild, with every file that
 * the library finds by `new URL` beside them.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { root } from '../setup.mjs'
import { precacheOf } from './precache.mjs'
import { writeSources } from './sources.mjs'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const SOURCE = join(root, 'explorer')
/** Addresses that are written out: `new URL('../x', import.meta.url)`. */
const ADDRESS = /new URL\(['"]([^'"]+)['"],\s*import\.meta\.url\)/g
/** The scripts with such addresses: the library's, and those of codecs. */
const WITH_ADDRESSES = /(dist\/src\/platform\/[\w-]+|@jsquash\/.*)\.js$/
/** Threads of the CPU backend, which are scripts of their own. */
const THREAD = './browser-thread.js'
/** Before paths that are put beside the scripts as they are. */
const AS_FILE = 'as-file:'

/** esbuild leaves addresses alone: each becomes the import of a file, put beside the scripts. */
const addresses = {
  name: 'addresses',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: new RegExp(`^${AS_FILE}`) }, ({ path }) => ({ path: path.slice(AS_FILE.length), namespace: AS_FILE }))
    onLoad({ filter: /./, namespace: AS_FILE }, ({ path }) => ({ contents: readFileSync(path), loader: 'file' }))
    onLoad({ filter: WITH_ADDRESSES, namespace: 'file' }, ({ path }) => {
      const imports = []
      const contents = readFileSync(path, 'utf8').replaceAll(ADDRESS, (all, to) => {
        const file = to === THREAD ? undefined : fileOf(path, to)
        if (!file) return all
        const name = `address${imports.length}`
        imports.push(`import ${name} from ${JSON.stringify(AS_FILE + file)}`)
        return `new URL(${name}, import.meta.url)`
      })
      return { contents: [...imports, contents].join('\n'), loader: 'js', resolveDir: dirname(path) }
    })
  },
}

/** The file that an address means: beside the script, or of a package as its `exports` name it. */
function fileOf(script, to) {
  const beside = join(dirname(script), to)
  if (existsSync(beside)) return beside
  return to.startsWith('.') ? undefined : fileURLToPath(import.meta.resolve(to))
}

/** The page takes small things of the library alone; parts that load later are the worker's. */
const partsOfWorker = {
  name: 'parts-of-the-worker',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path, importer }) =>
      kind === 'dynamic-import' && importer.startsWith(join(root, 'dist')) ? { path, external: true } : undefined,
    )
  },
}

/** @throws Error where the page would use such a part, which is not beside it */
function checkPage(outputs) {
  for (const [path, { imports }] of Object.entries(outputs)) {
    const part = imports.find(({ external, path }) => external && !path.startsWith('data:'))
    if (part) throw new Error(`${path}: the page uses something of the library that loads ${part.path}: the worker has to do that`)
  }
}

/**
 * @param out the folder, which is made anew
 * @param minify default: true
 * @param serviceWorker whether the page keeps itself for visits without a network (default: true)
 * @param docs where the documentation is, relative to the page; empty where it is not there
 */
export async function bundle(out, { minify = true, serviceWorker = true, docs = '' } = {}) {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const options = {
    outdir: out,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify,
    metafile: true,
    logLevel: 'warning',
    // In one folder with the entries, which is where addresses of threads are looked up from.
    chunkNames: '[name]-[hash]',
    assetNames: 'files/[name]-[hash]',
    alias: { adzus: join(root, 'dist', 'src', 'index.js') },
    define: { ADZUS_VERSION: JSON.stringify(version), __DOCS__: JSON.stringify(docs), __SERVICE_WORKER__: `${serviceWorker}` },
  }
  // Apart from each other: what both use would bring all of the library into the page.
  const page = { main: join(SOURCE, 'main.ts'), style: join(SOURCE, 'style', 'main.css') }
  const worker = {
    worker: join(SOURCE, 'worker', 'main.ts'),
    'browser-thread': join(root, 'dist', 'src', 'platform', 'browser-thread.js'),
  }
  const ofPage = await build({ ...options, entryPoints: page, plugins: [partsOfWorker] })
  checkPage(ofPage.metafile.outputs)
  const ofWorker = await build({ ...options, entryPoints: worker, plugins: [addresses] })
  cpSync(join(SOURCE, 'index.html'), join(out, 'index.html'))
  cpSync(join(SOURCE, 'samples'), join(out, 'samples'), { recursive: true })
  const { SOURCES, pageOf } = await import('../../dist/explorer/panels/understand/sources.js')
  writeSources(out, Object.values(SOURCES).flat(), pageOf)
  const outputs = { ...ofPage.metafile.outputs, ...ofWorker.metafile.outputs }
  if (serviceWorker) await packServiceWorker(options, precacheOf(out, outputs, root))
  return Object.keys(outputs)
}

/** It stands by itself, and knows what it keeps. */
async function packServiceWorker(options, { precache, later, version }) {
  await build({
    ...options,
    splitting: false,
    entryPoints: { 'service-worker': join(SOURCE, 'service-worker.ts') },
    define: { __PRECACHE__: JSON.stringify(precache), __LATER__: JSON.stringify(later), __VERSION__: JSON.stringify(version) },
  })
}
