/**
 * @file The instances of kernels that a pass of Stable Diffusion 1.5 at 512×512 pixels uses, on three kinds of adapters, as files: what
 * `npm run shaders` writes.
 */
import { clear, kernelCases } from '../../bench/kernel-cases.ts'
import type { Shader } from '../../src/shaders/kernel.ts'
import { DryBackend } from '../../src/tensor/dry.ts'
import type { Traits } from '../../src/tensor/traits.ts'

/** Where they are stored. */
export const FOLDER = 'test/shaders'

/** Adapters by what they can do. Software ones broadcast within subgroups, where they have them. */
const ADAPTERS: Readonly<Record<string, Traits>> = {
  'graphics card': { lanes: 8, software: false, half: true },
  'software, subgroups': { lanes: 8, software: true, half: false },
  'software, no subgroups': { lanes: 0, software: true, half: false },
}
const SD_1_5 = { side: 64, picture: 512 }
const MOST_BYTES = 2 ** 30

export interface Instance {
  /** The file's name. */
  file: string
  code: string
  /** Ops and shapes that it computes, and on which adapters. */
  uses: string[]
}

/** All instances, by file name; with a table of contents, `README.md`. */
export function kernelInstances(): { instances: Instance[]; contents: string } {
  const found = new Map<string, { shader: Shader; uses: Set<string>; adapters: Set<string> }>()
  for (const [adapter, traits] of Object.entries(ADAPTERS)) {
    const dry = new DryBackend({ kind: 'webgpu', maxTensorBytes: MOST_BYTES, traits })
    for (const { op, shape, prepare } of kernelCases(SD_1_5)) {
      const record = prepare(dry)
      dry.onKernel = (shader) => {
        const known = found.get(shader.code) ?? { shader, uses: new Set(), adapters: new Set() }
        known.uses.add(`${op} ${shape}`)
        known.adapters.add(adapter)
        found.set(shader.code, known)
      }
      record()
      dry.onKernel = () => {}
      clear(dry)
    }
  }
  const names = new Map<string, number>()
  const instances: Instance[] = []
  for (const { shader, uses, adapters } of found.values()) {
    const name = fileName(shader)
    const count = (names.get(name) ?? 0) + 1
    names.set(name, count)
    const file = `${name}${count > 1 ? `-${count}` : ''}.wgsl`
    instances.push({ file, code: shader.code, uses: [...uses, ...adapters] })
  }
  instances.sort((a, b) => (a.file < b.file ? -1 : 1))
  return { instances, contents: contentsOf(instances) }
}

/** A kernel's name, and what tells its variants apart: its tile, number types, activation. */
function fileName({ name, code }: Shader): string {
  const value = (constant: string) =>
    new RegExp(`^(?:const|alias|//) ${constant} = ([\\w<>]+)`, 'm').exec(code)?.[1].replace(/^(\d+)u$/, '$1')
  const parts = [name.replaceAll(' ', '-')]
  const [threads, rows, columns] = ['THREADS', 'ROWS', 'COLUMNS'].map(value)
  if (value('LANES')) parts.push(`broadcast-${threads}x${rows}x${columns}`)
  else if (value('TILE_K')) parts.push(`tiles-${value('THREADS_M')}x${value('THREADS_N')}x${rows}x${columns}`)
  else if (value('SUBGROUP') === 'true') parts.push('subgroup')
  if (value('PACKED_B') === 'true' || value('PACKED') === 'true') parts.push('f16')
  if (value('TRANSPOSE_B') === 'false') parts.push('kn')
  if (name === 'attention') parts.push(`${columns}-columns`)
  if (value('STATS') === 'true') parts.push('stats')
  if (value('WIDTH') === '1') parts.push('narrow')
  const activation = value('ACTIVATION')
  if (activation && activation !== 'none' && activation !== name) parts.push(activation)
  return parts.join('-')
}

function contentsOf(instances: readonly Instance[]): string {
  const rows = instances.map(({ file, uses }) => `| [${file}](${file}) | ${uses.join('; ')} |`)
  return `# Kernels as they are compiled

The WGSL of every kernel that a pass of Stable Diffusion 1.5 at 512×512 pixels uses, on a graphics card and on software
adapters with and without subgroups. Written by \`npm run shaders\` from the texts in \`src/shaders\`; read those first.

| file | computes; adapters |
|---|---|
${rows.join('\n')}
`
}
