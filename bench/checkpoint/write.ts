/**
 * @file Writes a pipeline with random weights in diffusers' folder layout, tensor by tensor: no file is ever held whole.
 */
import { copyFile, mkdir, open, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../src/platform/directory.ts'
import { safetensorsHeader } from '../../src/safetensors/writer.ts'
import { FAMILIES, type Family } from './families.ts'
import { pipelineShapes, type TensorShape } from './shapes.ts'
import { randomTensor, type WeightType } from './values.ts'

export interface Options {
  type: WeightType
  seed: number
  /** Told of every file: its path, tensors and parameters. */
  onFile?: (path: string, tensors: number, parameters: number) => void
}

/** Writes the family's pipeline into `folder`. */
export async function writePipeline(folder: string, family: Family, options: Options): Promise<void> {
  const shapes = await pipelineShapes(family)
  const configs: Record<string, object> = { unet: family.unet, vae: family.vae, ...family.text }
  for (const [part, config] of Object.entries(configs)) {
    const stem = part.startsWith('text_encoder') ? 'model' : 'diffusion_pytorch_model'
    await writeJson(join(folder, part, 'config.json'), config)
    await writeTensors(join(folder, part, `${stem}.safetensors`), shapes[part], options)
  }
  const vocabulary = join(packageRoot(), 'weights', 'clip-tokenizer')
  for (const part of Object.keys(family.text)) {
    const tokenizer = join(folder, part.replace('text_encoder', 'tokenizer'))
    await mkdir(tokenizer, { recursive: true })
    for (const file of (await readdir(vocabulary)).filter((f) => !f.endsWith('.md')))
      await copyFile(join(vocabulary, file), join(tokenizer, file))
  }
  await writeJson(join(folder, 'scheduler', 'scheduler_config.json'), family.scheduler)
  await writeJson(join(folder, 'model_index.json'), { ...family.index, ...parts(family) })
}

export async function writeTensors(path: string, shapes: readonly TensorShape[], { type, seed, onFile }: Options): Promise<void> {
  const { header, order } = safetensorsHeader(
    shapes.map((t) => ({ ...t, dtype: type })),
    { format: 'pt' },
  )
  const temporary = `${path}.tmp`
  const file = await open(temporary, 'w')
  try {
    await file.writeFile(header)
    for (const tensor of order) await file.writeFile(randomTensor(tensor, type, seed))
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  const parameters = shapes.reduce((sum, { shape }) => sum + shape.reduce((n, d) => n * d, 1), 0)
  onFile?.(path, shapes.length, parameters)
}

/** The classes of a pipeline's parts, as diffusers lists them. */
function parts({ unet, vae, text, scheduler }: Family): Record<string, [library: string, name: string]> {
  const list: Record<string, [string, string]> = {
    unet: ['diffusers', `${unet['_class_name']}`],
    vae: ['diffusers', `${vae['_class_name']}`],
    scheduler: ['diffusers', `${scheduler['_class_name']}`],
  }
  for (const [part, { architectures }] of Object.entries(text)) {
    list[part] = ['transformers', `${architectures}`]
    list[part.replace('text_encoder', 'tokenizer')] = ['transformers', 'CLIPTokenizer']
  }
  return list
}

async function writeJson(path: string, value: object): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`)
}

/** A family by its name, with the choice of names where there is none of that one. */
export function familyOf(name: string): Family {
  if (Object.hasOwn(FAMILIES, name)) return FAMILIES[name]
  throw new Error(`--family: expected one of ${Object.keys(FAMILIES).join(', ')}, got ${name}`)
}
