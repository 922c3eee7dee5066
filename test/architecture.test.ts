/**
 * @file The house keeps its order: which room may import which, no circles, Node's modules only where a platform or a person is served.
 *
 * Types vanish when compiled, so circles are looked for among imports of values; rooms and platforms count for types as well.
 */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { test } from 'vitest'

/** Rooms (folders of `src`, or files in it) and what each may import besides itself. Everything may import those of COMMON. */
const ROOMS: Record<string, readonly string[]> = {
  errors: ['messages'],
  permission: [],
  messages: [],
  url: [],
  advice: [],
  part: [],
  arguments: [],
  nearest: [],
  macrotask: [],
  random: [],
  signal: [],
  source: [],
  'toom-cook': [],
  shaders: ['toom-cook'],
  'wasm-assembler': [],
  tensor: ['shaders', 'toom-cook', 'wasm-assembler'],
  safetensors: ['tensor/half'],
  checkpoint: ['safetensors', '#platform'],
  nn: ['tensor', 'checkpoint', 'safetensors'],
  unet: ['tensor', 'checkpoint', 'nn'],
  vae: ['tensor', 'checkpoint', 'nn'],
  text: ['tensor', 'checkpoint', 'nn', 'safetensors'],
  scheduler: ['tensor', 'checkpoint'],
  pixels: [],
  image: ['wasm-assembler', '#platform'],
  platform: ['checkpoint', 'safetensors', 'tensor/wasm/worker-loop'],
  'open-backend': ['tensor', '#platform'],
  attention: ['tensor', 'unet/taps'],
  grouping: ['tensor', 'attention'],
  foreground: ['tensor', 'attention', 'pixels'],
  adzus: [
    'attention',
    'grouping',
    'foreground',
    'tensor',
    'checkpoint',
    'safetensors',
    'unet',
    'vae',
    'text',
    'scheduler',
    'image',
    'open-backend',
    'pixels',
    '#platform',
  ],
  output: ['adzus', 'image', 'pixels', '#platform'],
  evaluation: ['adzus', 'attention', 'grouping', 'image', 'output', 'pixels', '#platform'],
  index: [
    'adzus',
    'attention/weights',
    'evaluation',
    'foreground',
    'grouping',
    'checkpoint',
    'image',
    'open-backend',
    'output',
    'pixels',
    'tensor',
    'unet/taps',
  ],
  cli: ['index', 'evaluation', 'output', 'checkpoint', 'safetensors', 'tensor/webgpu/adapter', '#platform'],
}
const COMMON = [
  'advice',
  'errors',
  'permission',
  'messages',
  'arguments',
  'nearest',
  'macrotask',
  'random',
  'signal',
  'source',
  'url',
  'part',
]

/** Only types cross here: kernels name the activations and functions of the op table that they implement. */
const TYPES_ONLY: Record<string, readonly string[]> = { shaders: ['tensor/backend'] }

interface Import {
  from: string
  to: string
  typeOnly: boolean
  /** `import('…')`, which bundlers load apart. */
  lazy?: boolean
}

const SOURCE = 'src'
const files = (await readdir(SOURCE, { recursive: true }))
  .filter((f) => f.endsWith('.ts'))
  .map((f) => f.replaceAll('\\', '/'))
  .sort()
const imports: Import[] = []
for (const file of files) imports.push(...(await importsOf(file)))

async function importsOf(file: string): Promise<Import[]> {
  const text = await readFile(join(SOURCE, file), 'utf8')
  const found: Import[] = []
  for (const [, type, clause, path] of text.matchAll(/^(?:import|export)\s+(type\s+)?([\w*{][^'`;=]*?\bfrom\s+)?'([^']+)'/gm)) {
    const names = /^\{([^}]*)\}/
      .exec(clause ?? '')?.[1]
      .split(',')
      .map((n) => n.trim())
    const inline = names?.every((n) => n === '' || n.startsWith('type ')) ?? false
    found.push({ from: file, to: target(file, path), typeOnly: type !== undefined || inline })
  }
  for (const [, path] of text.matchAll(/\bimport\('([^']+)'\)/g))
    found.push({ from: file, to: target(file, path), typeOnly: false, lazy: true })
  return found
}

/** A path below `src`, or the name of a package. */
function target(file: string, path: string): string {
  return path.startsWith('.') ? relative(SOURCE, join(SOURCE, dirname(file), path)).replaceAll('\\', '/') : path
}

const roomOf = (file: string) => file.split('/')[0].replace(/\.ts$/, '')

/** Whether a list of rooms or files covers a target. */
const covers = (list: readonly string[], to: string) =>
  list.some((entry) => to === entry || to === `${entry}.ts` || to.startsWith(`${entry}/`))

const isFile = (to: string) => files.includes(to)

test('the sources are found', () => {
  assert.ok(files.length > 80 && imports.length > 300)
  assert.ok(imports.some((i) => i.typeOnly) && imports.some((i) => i.to.startsWith('node:')))
  assert.deepEqual(
    imports.filter(({ to }) => to.endsWith('.ts') && !isFile(to)),
    [],
  )
})

test('every room is in the table', () => {
  const unknown = files.map(roomOf).filter((room) => !Object.hasOwn(ROOMS, room))
  assert.deepEqual([...new Set(unknown)], [])
})

test('no file has more than 300 lines', async () => {
  const texts = await Promise.all(files.map((file) => readFile(join(SOURCE, file), 'utf8')))
  const long = files.filter((_, i) => texts[i].trimEnd().split('\n').length > 300)
  assert.ok(files.length > 500)
  assert.deepEqual(long, [])
})

test('imports obey the table of rooms', () => {
  const wrong = imports.filter(({ from, to, typeOnly }) => {
    if (!isFile(to) && to !== '#platform') return false
    const room = roomOf(from)
    if (roomOf(to) === room || covers(COMMON, to) || covers(ROOMS[room] ?? [], to)) return false
    return !(typeOnly && covers(TYPES_ONLY[room] ?? [], to))
  })
  assert.deepEqual(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  )
})

test('Node’s modules are imported by the platform and the command line only', () => {
  const wrong = imports.filter(({ from, to }) => to.startsWith('node:') && !['platform', 'cli'].includes(roomOf(from)))
  assert.deepEqual(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  )
})

/** Where the command line knows names of pictures' files, and where a mask is what is compared and --labels an option. */
const MAY_NAME = ['cli/formats.ts', 'cli/evaluate/options.ts']

test('the command line knows no format’s and no output’s name', async () => {
  const found: string[] = []
  for (const file of files.filter((f) => roomOf(f) === 'cli' && !MAY_NAME.includes(f))) {
    const text = await readFile(join(SOURCE, file), 'utf8')
    // Comments may, and examples in help do.
    const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|describeExamples\(\[[^\]]*\]/gm, '')
    for (const [name] of code.matchAll(/\b(png|jpe?g|tiff?|dicom|nifti|mask|overlay)\b|\.labels\b|'labels'/gi))
      found.push(`${file}: ${name}`)
  }
  assert.deepEqual(found, [])
})

test('packages: only those that are declared', async () => {
  const { dependencies, optionalDependencies } = JSON.parse(await readFile('package.json', 'utf8'))
  const declared = Object.keys({ ...dependencies, ...optionalDependencies })
  const wrong = imports.filter(({ to }) => !isFile(to) && !/^(node:|#)/.test(to) && !covers(declared, to))
  assert.deepEqual(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  )
})

test('no circles among imports of values', () => {
  const edges = new Map<string, string[]>()
  for (const { from, to, typeOnly } of imports) {
    const next = to === '#platform' ? 'platform/node.ts' : to
    if (!typeOnly && isFile(next)) edges.set(from, [...(edges.get(from) ?? []), next])
  }
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), [...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file)) return
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
})

/** What a first mask on the CPU needs in a page. */
const FIRST_MASK = ['adzus/adzus.ts', 'open-backend.ts', 'platform/browser.ts', 'tensor/host/backend.ts', 'tensor/wasm/engine.ts']
/** What is loaded where it is asked for. */
const LATER = [
  'checkpoint/forms',
  'checkpoint/hub/files',
  'checkpoint/hub/http',
  'checkpoint/hub/id',
  'checkpoint/hub/page',
  'checkpoint/ldm',
  'tensor/cpu/plain',
  'tensor/dry',
  'tensor/webgpu/backend',
  'shaders',
  'image/codecs',
  'image/formats/dicom/decode',
  'image/formats/dicom/file',
  'image/formats/dicom/series',
  'image/formats/jpeg/decode',
  'image/formats/jpeg/segments',
  'image/formats/nifti/open',
  'image/formats/nifti/header',
  'image/gunzip',
  'image/formats/webp/decode',
  'image/formats/zarr/open',
  'image/formats/zarr/array',
  'image/formats/webp/container',
  'image/formats/png/decode',
  'image/formats/png/chunks',
  'image/formats/tiff/images',
  'image/formats/tiff/lzw',
  'image/formats/tiff/volume',
  'image/kinds',
  'adzus/ahead',
  'adzus/dry-run',
  'adzus/tiles',
  'adzus/view',
  'adzus/context-cache',
  'adzus/volume',
  'adzus/clicked',
  'foreground/clicks',
  'foreground/objects/instances',
  'evaluation',
  'output',
  'cli',
]

test('a first mask in a page loads no code of other models, backends, codecs and questions', () => {
  const needed = new Set<string>()
  const visit = (file: string): void => {
    if (needed.has(file)) return
    needed.add(file)
    for (const { from, to, typeOnly, lazy } of imports)
      if (from === file && !typeOnly && !lazy) visit(to === '#platform' ? 'platform/browser.ts' : to)
  }
  FIRST_MASK.forEach(visit)
  assert.ok(needed.size > 100)
  for (const entry of LATER)
    assert.ok(
      files.some((file) => covers([entry], file)),
      entry,
    )
  assert.deepEqual(
    [...needed].filter((file) => covers(LATER, file) || file.startsWith('#')),
    [],
  )
})
