/**
 * @file The tensors of one model, by path. `weights.at('down_blocks').at(0)` narrows the view, so
 * that the code of a model reads like the list of its keys, and a missing tensor is named by its
 * full path.
 *
 * A model is one safetensors file, or several with an index. Tensors are read when asked for, one
 * at a time.
 */
import { AdzusError, check } from '../errors.ts'
import { quoted } from '../messages.ts'
import { nearest } from '../nearest.ts'
import { checkWeights } from '../safetensors/dtypes.ts'
import { SafetensorsFile, type Stored } from '../safetensors/reader.ts'
import { Config } from './config.ts'
import type { Files } from './files.ts'

/** What diffusers and transformers call the file of a model. */
const STEMS = ['diffusion_pytorch_model', 'model']
/** No published checkpoint has more; an index that claims so is broken. */
const MAX_SHARDS = 10_000

/**
 * Other names under which a tensor may be stored, by its full path; tried in order when the plain
 * one is absent.
 */
export type Aliases = (path: string) => string[]

/** What a model asks of its weights. */
export interface WeightView {
  /** This view's path, for messages and layer names: `down_blocks.0.attentions.1`. */
  readonly path: string
  /** The tensors below one more path segment. */
  at(segment: string | number): WeightView
  has(name: string): boolean
  /**
   * Checks that a tensor is there in that shape, and says in which type `load` will hand it out.
   */
  stored(name: string, expected: readonly number[]): Stored['dtype']
  /** Reads a tensor and checks its shape. */
  load(name: string, expected: readonly number[]): Promise<Stored>
  close(): Promise<void>
}

interface Store {
  label: string
  /** Which file holds a tensor. */
  holders: ReadonlyMap<string, SafetensorsFile>
  files: readonly SafetensorsFile[]
  aliases: Aliases
}

export class Weights implements WeightView {
  readonly #store: Store
  readonly #prefix: string

  private constructor(store: Store, prefix: string) {
    this.#store = store
    this.#prefix = prefix
  }

  /**
   * Opens the weights of a folder: `diffusion_pytorch_model.safetensors` or `model.safetensors`, or
   * their shards.
   */
  static async open(files: Files, folder: string, aliases: Aliases = () => []): Promise<Weights> {
    const prefix = folder === '' ? '' : `${folder}/`
    const names = (await files.list()).filter((f) => f.startsWith(prefix)).map((f) => f.slice(prefix.length))
    const label = `${files.root}/${folder}`.replace(/\/$/, '')
    const stem = STEMS.find((s) => names.includes(`${s}.safetensors`))
    if (stem) return Weights.of([await SafetensorsFile.open(await files.open(`${prefix}${stem}.safetensors`))], label, aliases)
    const index = STEMS.map((s) => `${s}.safetensors.index.json`).find((n) => names.includes(n))
    if (index) return openShards(files, prefix, index, label, aliases)
    const pickle = names.find((n) => /\.(bin|ckpt|pt|pth)$/.test(n))
    throw new AdzusError({
      what: 'model',
      where: label,
      expected: STEMS.map((s) => `${s}.safetensors`).join(' or '),
      got: pickle ?? (names.length > 0 ? names.slice(0, 5).join(', ') : 'an empty or missing folder'),
      hint: pickle && 'Pickled checkpoints can run code and are not read; save the model with safetensors instead.',
    })
  }

  /** A view of open files. */
  static of(files: readonly SafetensorsFile[], label: string, aliases: Aliases = () => []): Weights {
    const holders = new Map(files.flatMap((file) => [...file.tensors.keys()].map((name) => [name, file] as const)))
    return new Weights({ label, holders, files, aliases }, '')
  }

  at(segment: string | number): Weights {
    return new Weights(this.#store, `${this.#prefix}${segment}.`)
  }

  get path(): string {
    return this.#prefix.slice(0, -1)
  }

  has(name: string): boolean {
    return this.#find(this.#prefix + name) !== undefined
  }

  /** Names below this view. */
  names(): string[] {
    return [...this.#store.holders.keys()].filter((n) => n.startsWith(this.#prefix)).map((n) => n.slice(this.#prefix.length))
  }

  /** The stored shape of a tensor. */
  shape(name: string): readonly number[] {
    return this.#info(name).shape
  }

  /**
   * Reads a tensor and checks its shape; axes of length 1 at the end may be missing or extra (a
   * linear layer stored as 1×1 convolution).
   */
  async load(name: string, expected: readonly number[]): Promise<Stored> {
    const { file, key } = this.#checked(name, expected)
    return file.readStored(key)
  }

  stored(name: string, expected: readonly number[]): Stored['dtype'] {
    const { file, key } = this.#checked(name, expected)
    return file.tensors.get(key)!.dtype === 'F16' ? 'f16' : 'f32'
  }

  async close(): Promise<void> {
    await Promise.all(this.#store.files.map((f) => f.close()))
  }

  #checked(name: string, expected: readonly number[]) {
    const { file, key, shape } = this.#info(name)
    const where = `"${this.#prefix}${name}" in ${this.#store.label}`
    // Quantised weights have shapes of their own.
    checkWeights(file.tensors.get(key)!.dtype, where)
    check(trim(shape).join() === trim(expected).join(), () => ({
      what: 'model: tensor',
      where,
      expected: `shape [${expected.join(', ')}]`,
      got: `[${shape.join(', ')}]`,
      hint: 'config.json does not fit these weights.',
    }))
    return { file, key }
  }

  #find(path: string): { file: SafetensorsFile; key: string } | undefined {
    for (const key of [path, ...this.#store.aliases(path)]) {
      const file = this.#store.holders.get(key)
      if (file) return { file, key }
    }
    return undefined
  }

  #info(name: string) {
    const path = this.#prefix + name
    const found = this.#find(path)
    if (found) return { ...found, shape: found.file.tensors.get(found.key)!.shape }
    const packed = path.endsWith('.weight') && this.#store.holders.has(path.replace(/weight$/, 'qweight'))
    const similar = packed ? undefined : nearest(path, this.#store.holders.keys())
    throw new AdzusError({
      what: 'model: tensor',
      where: this.#store.label,
      expected: `"${path}"`,
      got: `${this.#store.holders.size} tensors without it`,
      hint: packed
        ? 'These are quantised weights (GPTQ or AWQ): get the model in half precision (fp16).'
        : similar
          ? `The nearest name is "${similar}".`
          : 'config.json does not fit these weights.',
    })
  }
}

function trim(shape: readonly number[]): readonly number[] {
  let end = shape.length
  while (end > 1 && shape[end - 1] === 1) end--
  return shape.slice(0, end)
}

async function openShards(files: Files, prefix: string, index: string, label: string, aliases: Aliases): Promise<Weights> {
  const config = await Config.read(files, prefix + index)
  const map = config.get('weight_map')
  check(typeof map === 'object' && map !== null && !Array.isArray(map), () => ({
    what: 'model: index',
    where: config.file,
    expected: 'a weight_map object',
    got: quoted(map),
  }))
  const entries = Object.entries(map as object)
  const places = new Map<string, unknown>(entries)
  const shards = [...new Set(entries.map(([, shard]) => shard))]
  check(shards.length > 0 && shards.length <= MAX_SHARDS, () => ({
    what: 'model: index',
    where: config.file,
    expected: `1 … ${MAX_SHARDS} shards`,
    got: `${shards.length}`,
  }))
  for (const shard of shards)
    check(typeof shard === 'string' && /^[\w.-]+\.safetensors$/.test(shard) && !shard.includes('..'), () => ({
      what: 'model: index',
      where: config.file,
      expected: 'plain file names that end in .safetensors',
      got: quoted(shard),
      hint: 'An index may only name files beside it.',
    }))
  const opened = new Map<string, SafetensorsFile>()
  try {
    for (const shard of shards) opened.set(shard, await SafetensorsFile.open(await files.open(prefix + shard)))
    for (const [name, shard] of entries)
      check(opened.get(shard)!.tensors.has(name), () => ({
        what: 'model: index',
        where: config.file,
        expected: `"${name}" in ${shard}`,
        got: 'a shard without it',
        hint: 'Index and shards do not belong together.',
      }))
    for (const [shard, file] of opened)
      for (const name of file.tensors.keys())
        check((places.get(name) ?? shard) === shard, () => ({
          what: 'model: index',
          where: config.file,
          expected: `"${name}" in ${places.get(name)} alone`,
          got: `another in ${shard}`,
          hint: 'Index and shards do not belong together.',
        }))
  } catch (error) {
    for (const file of opened.values()) await file.close()
    throw error
  }
  return Weights.of([...opened.values()], label, aliases)
}
