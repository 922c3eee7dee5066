/** @file Checkpoints of full size without weights: every file says what tensors it has, and reading one is an error. For dry runs. */
import { pipelineShapes } from '../../bench/checkpoint/shapes.ts'
import type { Family } from '../../src/checkpoint/family.ts'
import { type Files, memoryFiles } from '../../src/checkpoint/files.ts'
import { safetensorsHeader } from '../../src/safetensors/writer.ts'
import { folderOf, PUBLISHED, weightsFile } from './pipelines.ts'

/** The published pipeline of a family, its weights stored as f16. */
export async function hollow(family: Family): Promise<Files> {
  const { unet, vae, text } = PUBLISHED[family]
  const configs: Record<string, object> = { unet, vae, ...text }
  const shapes = Object.entries(await pipelineShapes(PUBLISHED[family]))
  const contents = folderOf(family, Object.fromEntries(shapes.map(([part]) => [part, new Map()])))
  const sizes = new Map<string, number>()
  for (const [part, tensors] of shapes) {
    const { header } = safetensorsHeader(tensors.map((t) => ({ ...t, dtype: 'F16' })))
    const values = tensors.reduce((sum, { shape }) => sum + shape.reduce((n, d) => n * d, 1), 0)
    contents.set(`${part}/config.json`, JSON.stringify(configs[part]))
    contents.set(weightsFile(part), header)
    sizes.set(weightsFile(part), header.length + 2 * values)
  }
  const files = memoryFiles(`hollow ${family}`, contents)
  return {
    ...files,
    open: async (path) => {
      const source = await files.open(path)
      const read = (offset: number, length: number) => {
        if (offset + length > source.size) throw new Error(`${path}: weights were read`)
        return source.read(offset, length)
      }
      return { name: source.name, size: sizes.get(path) ?? source.size, read }
    },
  }
}
