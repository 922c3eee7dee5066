/**
 * @file The declarations of the packed tarball compile, strictly and without `skipLibCheck`: by two
 * compilers, in four projects with more and fewer types of platforms around them.
 */
import { join } from 'node:path'
import { attempt, chosen } from '../support/attempts.ts'
import { install, inTemporaryFolder, pack, runIn, write } from '../support/packed.ts'

const COMPILERS = { 5.9: 'typescript-5', 7: 'typescript-7' }

/** What needs no platform's types. */
const BARE = `import { Adzus, AdzusError, type AdapterLike, type Files, type Pixels, type Segmentation, type View } from 'adzus'
import { describeAdapter, encodePng, hubFiles, listAdapters, memoryFiles, openBackend } from 'adzus'

const adapters: readonly AdapterLike[] = await listAdapters()
for (const adapter of adapters) describeAdapter(adapter).toUpperCase()
const backend = await openBackend('cpu', { threads: 2 })
const files: Files = memoryFiles('a model', new Map<string, Uint8Array>())
const hub: Files = await hubFiles('owner/name', { revision: 'main', offline: true } as {})
const adzus: Adzus = await Adzus.load(files, { backend, base: hub, onNote: (text: string) => void text })
const pixels: Pixels = { width: 8, height: 8, data: new Uint8ClampedArray(8 * 8 * 4) }
const result: Segmentation = await adzus.segment(pixels, { size: [64, 64], foreground: { point: [1, 2] } })
for await (const one of adzus.segmentAll([pixels], { batch: 2 })) if (one.status === 'rejected') void one.reason
await using view: View = await adzus.look(pixels)
const { values } = await view.attention({ x: 1, y: 2 })
const bytes: Uint8Array = await encodePng(result.width, result.height, result.mask)
export const shown = [values.length, bytes.length, new AdzusError({ what: '', expected: '', got: '' }).failure.what]
// @ts-expect-error: there is no such option
await adzus.segment(pixels, { threshold: 1 })
// @ts-expect-error: views come from \`look\`
await adzus.segment({ width: 8, height: 8 })
`

/** What platforms with \`fetch\` and signals have. */
const WEB = `import { Adzus, hubFiles } from 'adzus'

const { signal } = new AbortController()
const adzus = await Adzus.load(await hubFiles('owner/name', { fetch, signal }), { signal })
await adzus.segment(new Uint8Array(8), { signal })
`

const DOM = `import { Adzus } from 'adzus'

const adzus = await Adzus.load()
const canvas = document.createElement('canvas')
const context = canvas.getContext('2d')
if (context) await adzus.segment(context.getImageData(0, 0, 8, 8))
const pictures = [canvas, new OffscreenCanvas(8, 8), await createImageBitmap(canvas), new Blob([]), new File([], ''), new URL("blob:x"), 'data:,']
for await (const result of adzus.segmentAll(pictures)) void result.status
`

const WEBGPU = `import { describeAdapter } from 'adzus'

const adapter = await navigator.gpu.requestAdapter()
if (adapter) describeAdapter(adapter).toUpperCase()
`

const NODE = `import { readFile } from 'node:fs/promises'
import { Adzus } from 'adzus'

await (await Adzus.load()).segment(await readFile('photo.png'))
`

const PROJECTS = [
  { name: 'nodenext, no platform', moduleResolution: 'nodenext', lib: ['es2023'], types: [], programs: { BARE } },
  { name: 'nodenext, Node', moduleResolution: 'nodenext', lib: ['es2023'], types: ['node'], programs: { BARE, WEB, NODE } },
  { name: 'bundler, DOM', moduleResolution: 'bundler', lib: ['es2023', 'dom'], types: [], programs: { BARE, WEB, DOM } },
  {
    name: 'bundler, DOM, Node and WebGPU',
    moduleResolution: 'bundler',
    lib: ['es2023', 'dom'],
    types: ['node', '@webgpu/types'],
    programs: { BARE, WEB, DOM, NODE, WEBGPU },
  },
]

await inTemporaryFolder(async (folder) => {
  // TypeScript 7 is an optional package of its own; Dawn, ours, is large and not needed.
  const compilers = join(folder, 'compilers')
  install(compilers, ['typescript-5@npm:typescript@5.9', 'typescript-7@npm:typescript@7'])
  install(folder, [pack(folder), '@types/node@20', '@webgpu/types'], ['--omit=optional', '--ignore-scripts'])
  for (const [i, { name, moduleResolution, lib, types, programs }] of PROJECTS.entries()) {
    for (const [version, compiler] of chosen(COMPILERS)) {
      const compilerOptions = {
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        target: 'es2022',
        module: moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
        moduleResolution,
        lib,
        // TypeScript 7's DOM has WebGPU's types, which the package of them contradicts.
        types: types.filter((name) => name !== '@webgpu/types' || compiler === 'typescript-5'),
      }
      const sources = Object.entries(programs).map(([program, text]) => [`project-${i}/${program.toLowerCase()}.ts`, text])
      write(folder, { ...Object.fromEntries(sources), [`project-${i}/tsconfig.json`]: JSON.stringify({ compilerOptions }) })
      await attempt(`TypeScript ${version}, ${name}`, () => {
        runIn(folder, process.execPath, [join(compilers, 'node_modules', compiler, 'bin', 'tsc'), '-p', `project-${i}`])
        return 'compiles'
      })
    }
  }
})
