/**
 * @file Every code block of the documents does what it says: TypeScript and JavaScript run against
 * the built package, commands run in a folder with pictures, JSON parses, and the examples of the
 * docstrings compile. Blocks that are not run say why; they are printed and counted.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { beforeAll, test } from 'vitest'
import * as adzus from '../src/index.ts'
import * as tensor from '../src/tensor/index.ts'
import { ALL, type Block, blocksOf, documents, examples } from './support/documents.ts'
import { writeFolder, zarrFolders } from './support/zarr.ts'

/** Below the package, so that `adzus` is found by its name. */
const CODE = resolve('out', 'docs-code')
const COMPILED = join(CODE, 'compiled')
const PHOTO = join(CODE, 'photo.png')
/**
 * What is built from the blocks; the others are output, formulas and texts to copy. Those in `diff`
 * are applied by `causal-attention.test.ts`.
 */
const RUN = ['ts', 'js', 'sh']
const READ = ['', 'html', 'json', 'bibtex', 'python', 'diff']
const FEW_WORDS = /^\S+( \S+){2,}$/

const blocks = (await Promise.all((await documents()).map(blocksOf))).flat()
const isCode = ({ language }: Block) => language === 'ts' || language === 'js'
const isRun = ({ mark }: Block) => mark === undefined || (ALL && mark.kind === 'slow')
const nameOf = (place: string) => place.replace(/\W+/g, '-')
const exported = new Set([...Object.keys(adzus), ...Object.keys(tensor)])
const withCode = [...new Set(blocks.filter((block) => isCode(block) && isRun(block)).map(({ document }) => document))]
const withCommands = [...new Set(blocks.filter((block) => block.language === 'sh' && isRun(block)).map(({ document }) => document))]

interface Ended {
  code: number
  output: string
}

function start(command: string, args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((done) => {
    const options = { cwd, env: { ...process.env, ADZUS_CACHE: 'off', HF_HUB_OFFLINE: '1', ...env }, maxBuffer: 2 ** 26 }
    execFile(command, args, options, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr })
    })
  })
}

/** A folder as the documents speak of: pictures, folders of them, and the package’s data. */
async function workplace(name: string): Promise<string> {
  const folder = join(CODE, name)
  const [photo, other] = ['BloodImage_00163.jpg', 'BloodImage_00048.jpg'].map((file) => join('data', 'bccd', 'images', file))
  for (const below of ['slides', 'scans/monday']) await mkdir(join(folder, below), { recursive: true })
  for (const copy of ['photo.jpg', 'slides/a.jpg']) await cp(photo, join(folder, copy))
  for (const copy of ['other.jpg', 'slides/b.jpg', 'scans/monday/c.jpg']) await cp(other, join(folder, copy))
  await cp(PHOTO, join(folder, 'photo.png'))
  await cp(join('test', 'data', 'formats', 'nifti', 'window.nii.gz'), join(folder, 'brain.nii.gz'))
  await writeFolder(join(folder, 'cells.ome.zarr'), (await zarrFolders())['v3-zstd'])
  for (const kind of ['images', 'masks']) {
    await mkdir(join(folder, 'skin', kind), { recursive: true })
    const names = (await readdir(join('data', 'nuclei', kind))).sort().slice(0, kind === 'images' ? 3 : 2)
    for (const name of names) await cp(join('data', 'nuclei', kind, name), join(folder, 'skin', kind, name))
  }
  for (const link of ['data', 'dist', 'weights']) await symlink(resolve(link), join(folder, link))
  return folder
}

/** Runs blocks of a document one after another, with the names that it goes on with. */
const RUNNER = `import { readFile, writeFile } from 'node:fs/promises'
import { Adzus } from 'adzus'
const bytes = await readFile('photo.jpg')
Object.assign(globalThis, { Adzus, readFile, writeFile, bytes, adzus: await Adzus.load(undefined, { backend: 'cpu' }) })
for (const block of process.argv.slice(2)) {
  console.log(block)
  await import(block)
}
process.exit(0)
`
/** Programs that commands may start; all others that npm, git or a platform bring need a mark. */
const PROGRAMS = {
  adzus: `exec "${process.execPath}" "${resolve('bin', 'adzus.js')}" "$@"`,
  npx: '[ "$1" = adzus ] || { echo "npx $1: mark the block"; exit 97; }\nshift\nexec adzus "$@"',
  ...Object.fromEntries(['npm', 'git', 'deno'].map((name) => [name, `echo "${name}: mark the block"\nexit 97`])),
}

let compiler: Ended

beforeAll(async () => {
  await rm(CODE, { recursive: true, force: true })
  await mkdir(CODE, { recursive: true })
  await writeFile(
    PHOTO,
    await adzus.encodePng(await adzus.decodeImage(await readFile(join('data', 'bccd', 'images', 'BloodImage_00163.jpg')))),
  )
  const compilerOptions = { noEmit: false, rootDir: '.', outDir: 'compiled', lib: ['esnext', 'dom', 'dom.iterable'], noUnusedLocals: false }
  const config = { extends: '../../tsconfig.json', compilerOptions: { ...compilerOptions, declaration: false, sourceMap: false } }
  await writeFile(join(CODE, 'tsconfig.json'), JSON.stringify({ ...config, include: ['*.ts'] }))
  await cp('test/data/documents/free-names.d.ts', join(CODE, 'free-names.d.ts'))
  await writeFile(join(CODE, 'exports.d.ts'), declared())
  for (const { place, text } of [...blocks.filter(isCode), ...(await examples(exported))])
    await writeFile(join(CODE, `${nameOf(place)}.ts`), `${text}\nexport {}\n`)
  compiler = await start(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', CODE], '.')
})

/** The exports of the package and of the engine as global names. */
function declared(): string {
  const from = (names: object, module: string) => Object.keys(names).map((name) => `  const ${name}: typeof import('${module}').${name}\n`)
  const engine = Object.fromEntries(Object.entries(tensor).filter(([name]) => !(name in adzus)))
  return `declare global {\n${from(adzus, 'adzus').join('')}${from(engine, '../../dist/src/tensor/index.js').join('')}}\nexport {}\n`
}

test('blocks are in languages that are tested, and those that are not run say why', () => {
  const faults = blocks.flatMap(({ place, language, mark }) => {
    if (![...RUN, ...READ].includes(language)) return [`${place}: ${language} is not tested`]
    if (mark && !FEW_WORDS.test(mark.reason)) return [`${place}: expected a reason, got ${mark.reason}`]
    return language === 'python' && !mark ? [`${place}: is not run and does not say so`] : []
  })
  assert.deepEqual(faults, [])
  const left = blocks.filter((block) => block.mark !== undefined && !isRun(block))
  const run = blocks.filter((block) => RUN.includes(block.language) && isRun(block))
  console.log(`${run.length} blocks are run, ${left.length} are not:`)
  for (const { place, mark } of left) console.log(`  ${place}: ${mark?.kind}, ${mark?.reason}`)
  assert.ok(run.length > 20)
})

test('TypeScript of the documents and examples of the docstrings compile', async () => {
  const faults = compiler.output.split('\n').filter((line) => line.includes('error TS'))
  assert.deepEqual(faults, [])
  assert.equal(compiler.code, 0, compiler.output)
  assert.ok((await examples(exported)).length > 40)
})

test('JSON parses', () => {
  for (const { place, text } of blocks.filter(({ language }) => language === 'json')) assert.doesNotThrow(() => JSON.parse(text), place)
})

test('BibTeX has entries that are closed', () => {
  for (const { place, text } of blocks.filter(({ language }) => language === 'bibtex')) {
    const entries = [...text.matchAll(/^@\w+\{\w+,\n(?: {2}\w+ = \{.*\},?\n)+\}$/gm)]
    assert.equal(entries.length, text.match(/^@/gm)?.length, place)
  }
})

test('npm runs nothing in the documents that there is not', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const named: string[] = []
  for (const document of await documents())
    named.push(...[...(await readFile(document, 'utf8')).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name))
  assert.ok(named.length > 10)
  assert.deepEqual(
    named.filter((name) => !Object.hasOwn(scripts, name)),
    [],
  )
})

for (const document of withCode)
  test(`the code of ${document} runs`, async () => {
    const folder = await workplace(`${nameOf(document)}-code`)
    const some = blocks.filter((block) => block.document === document && isCode(block) && isRun(block))
    await writeFile(join(CODE, 'runner.mjs'), RUNNER)
    const modules = some.map(({ place }) => pathToFileURL(join(COMPILED, `${nameOf(place)}.js`)).href)
    const { code, output } = await start(process.execPath, [join(CODE, 'runner.mjs'), ...modules], folder)
    assert.equal(code, 0, output)
  })

for (const document of withCommands)
  test(`the commands of ${document} run`, { skip: process.platform === 'win32' }, async () => {
    const folder = await workplace(`${nameOf(document)}-commands`)
    const programs = join(folder, 'bin')
    await mkdir(programs)
    for (const [name, text] of Object.entries(PROGRAMS)) await writeFile(join(programs, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    const env = { PATH: `${programs}${delimiter}${process.env['PATH']}` }
    for (const { place, text } of blocks.filter((block) => block.document === document && block.language === 'sh' && isRun(block))) {
      const { code, output } = await start('sh', ['-euc', text], folder, env)
      assert.equal(code, 0, `${place}\n${output}`)
    }
  })
