/**
 * @file What a checkpoint consists of, from configurations and safetensors headers alone: no
 * weights are read.
 */
import { AdzusError } from '../errors.ts'
import type { TensorInfo } from '../safetensors/header.ts'
import { SafetensorsFile } from '../safetensors/reader.ts'
import type { ByteSource } from '../source.ts'
import { Config } from './config.ts'
import { type Family, unetFamily } from './family.ts'
import type { Files } from './files.ts'
import { detect } from './ldm/detect.ts'

/** How the names of the UNet's tensors begin in a checkpoint of the original code. */
const UNET = 'model.diffusion_model.'

export interface PartInfo {
  /** The part's folder, or the file. */
  name: string
  /** Class of its configuration. */
  kind?: string
  tensors: number
  parameters: number
  /** Types of its tensors, the one with most parameters first. */
  dtypes: string[]
  /** Size of its weights files. */
  bytes: number
}

/** One weights file. @throws AdzusError where its header is damaged */
export async function inspectFile(name: string, source: ByteSource): Promise<PartInfo> {
  return sum(name, [await header(source)])
}

/** All parts with weights of a checkpoint in diffusers layout, by name. */
export async function inspectParts(files: Files): Promise<PartInfo[]> {
  const names = await files.list()
  const parts = new Map<string, string[]>()
  for (const name of names) {
    const [, part] = /^([^/]+)\/[^/]+\.safetensors$/.exec(name) ?? []
    if (part !== undefined) parts.set(part, [...(parts.get(part) ?? []), name])
  }
  const infos: PartInfo[] = []
  for (const [part, weights] of parts) {
    const headers: Header[] = []
    for (const name of weights) headers.push(await header(await files.open(name)))
    infos.push({ ...sum(part, headers), kind: await kindOf(files, names, part) })
  }
  return infos
}

/**
 * The family of a whole checkpoint in one file; undefined for other tensors, such as those of one
 * part.
 */
export async function familyOfFile(source: ByteSource): Promise<Family | 'unsupported' | undefined> {
  const tensors = new Map([...(await header(source)).tensors].map((t) => [t.name, t]))
  if (![...tensors.keys()].some((name) => name.startsWith(UNET))) return undefined
  try {
    return detect(source.name, tensors).family
  } catch (error) {
    if (!(error instanceof AdzusError)) throw error
    return 'unsupported'
  }
}

/** The family of a checkpoint in diffusers layout; undefined without a UNet. */
export async function familyOf(files: Files): Promise<Family | undefined> {
  return (await files.list()).includes('unet/config.json') ? unetFamily(await Config.read(files, 'unet/config.json')) : undefined
}

interface Header {
  tensors: Iterable<TensorInfo>
  size: number
}

async function header(source: ByteSource): Promise<Header> {
  try {
    return { tensors: (await SafetensorsFile.open(source)).tensors.values(), size: source.size }
  } finally {
    await source.close?.()
  }
}

function sum(name: string, headers: readonly Header[]): PartInfo {
  const counts = new Map<string, number>()
  const info: PartInfo = { name, tensors: 0, parameters: 0, dtypes: [], bytes: 0 }
  for (const { tensors, size } of headers) {
    info.bytes += size
    for (const { dtype, shape } of tensors) {
      const count = shape.reduce((n, d) => n * d, 1)
      info.tensors++
      info.parameters += count
      counts.set(dtype, (counts.get(dtype) ?? 0) + count)
    }
  }
  info.dtypes = [...counts].sort((a, b) => b[1] - a[1]).map(([dtype]) => dtype)
  return info
}

async function kindOf(files: Files, names: readonly string[], part: string): Promise<string | undefined> {
  const path = `${part}/config.json`
  if (!names.includes(path)) return undefined
  const config = await Config.read(files, path)
  const architectures = config.strings('architectures', [])
  return config.has('_class_name') ? config.string('_class_name') : architectures[0]
}
