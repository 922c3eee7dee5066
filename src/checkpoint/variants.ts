/**
 * @file Which files of a checkpoint in diffusers layout are needed: of every part its configuration
 * and one form of its weights.
 *
 * A *part* is a folder (`unet`, `vae`, …). Its weights may be there in several *variants*, named
 * before the extension: the plain `diffusion_pytorch_model.safetensors` (usually f32),
 * `….fp16.safetensors`, `….non_ema.safetensors`. Each variant is one file, or *shards*
 * (`…-00001-of-00002.safetensors`) with an index. Pickles (`.bin`, `.ckpt`), other frameworks'
 * files and the safety checker are never needed.
 *
 * The rule: `auto` and `f16` take `fp16` where it exists, else the plain file; `f32` takes the
 * plain file, else `fp16`. A named variant is taken where a part has it, and the UNet must have it;
 * parts without it use the plain file, as diffusers does. A part with one form of its weights alone
 * has no choice. Every part is decided by itself.
 */
import { AdzusError, check } from '../errors.ts'
import type { Config } from './config.ts'
import type { Files } from './files.ts'

export const DTYPES = ['auto', 'f16', 'f32'] as const
export type WishedDtype = (typeof DTYPES)[number]

export interface Wish {
  /** Which precision is preferred where there is a choice (default `auto`). */
  dtype?: WishedDtype
  /** A variant by name, for example `non_ema`; goes before `dtype`. */
  variant?: string
  /** Parts may be missing, since another checkpoint has them. */
  partial?: boolean
}

export interface Choice {
  /** All files that are needed, as they are called. */
  files: string[]
  /** Files of a named variant, by the plain name under which a model is opened. */
  plain: ReadonlyMap<string, string>
}

interface Part {
  /** Name of the weights without extension; none for parts without weights. */
  stem?: string
  /** Files without which the part cannot be used. */
  needs: string[]
}

const MODEL = { stem: 'diffusion_pytorch_model', needs: ['config.json'] }
const TEXT = { stem: 'model', needs: ['config.json'] }
const TOKENIZER = { needs: ['vocab.json', 'merges.txt'] }
const PARTS: ReadonlyMap<string, Part> = new Map<string, Part>([
  ['unet', MODEL],
  ['vae', MODEL],
  ['text_encoder', TEXT],
  ['text_encoder_2', TEXT],
  ['tokenizer', TOKENIZER],
  ['tokenizer_2', TOKENIZER],
  ['scheduler', { needs: ['scheduler_config.json'] }],
])
/** Without `model_index.json` these must be there. */
const ALWAYS = ['unet', 'vae', 'text_encoder', 'tokenizer']
/** At the root: which parts there are, and our own defaults. */
const ROOT = ['model_index.json', 'adzus.json']

/** Whether files with these names look like a checkpoint in diffusers layout. */
export function isDiffusers(names: readonly string[]): boolean {
  return names.includes('model_index.json') || names.includes('unet/config.json')
}

/** Files that hold a whole checkpoint in one: safetensors outside of the parts' folders. */
export function singleFiles(names: readonly string[]): string[] {
  return names.filter((n) => n.endsWith('.safetensors') && !n.includes('/'))
}

/**
 * Chooses among file names.
 * @param index the parsed `model_index.json`, which says what parts the pipeline has
 * @throws AdzusError naming the first file that is missing
 */
export function chooseFiles(
  names: readonly string[],
  where: string,
  { dtype = 'auto', variant, partial }: Wish = {},
  index?: Config,
): Choice {
  const files = ROOT.filter((name) => names.includes(name))
  const plain = new Map<string, string>()
  for (const [part, { stem, needs }] of PARTS) {
    const inside = names.filter((n) => n.startsWith(`${part}/`)).map((n) => n.slice(part.length + 1))
    if (partial ? inside.length === 0 : index ? !listed(index, part) : !ALWAYS.includes(part) && inside.length === 0) continue
    for (const name of needs) check(inside.includes(name), () => lacks(where, `${part}/${name}`, inside))
    const chosen = inside.filter((n) => /^[^/]+\.(json|txt)$/.test(n) && !n.includes('.index.'))
    if (stem !== undefined) {
      const sets = weightSets(inside, stem)
      const only = sets.size === 1 ? [...sets.keys()] : []
      const set = [...order(dtype, variant), ...only].map((v) => sets.get(v)).find((s) => s !== undefined)
      if (!set) throw noWeights(where, `${part}/${stem}.safetensors`, inside)
      if (variant !== undefined && part === 'unet' && set.variant !== variant) throw noVariant(where, variant, [...sets.keys()])
      chosen.push(...set.files)
      if (set.variant !== '') plain.set(`${part}/${set.plain}`, `${part}/${set.main}`)
    }
    files.push(...chosen.map((n) => `${part}/${n}`))
  }
  return { files, plain }
}

/**
 * A view of a folder that shows a choice of its files alone, variants under their plain names, so
 * that a model is opened in the same way whatever its variant.
 */
export function chosenFiles(files: Files, { files: chosen, plain }: Choice): Files {
  const hidden = new Set(plain.values())
  const real = (name: string) => plain.get(name) ?? name
  return {
    root: files.root,
    list: async () => [...chosen.filter((n) => !hidden.has(n)), ...plain.keys()].sort(),
    text: (name) => files.text(real(name)),
    open: (name) => files.open(real(name)),
  }
}

function order(dtype: WishedDtype, variant: string | undefined): string[] {
  const rest = dtype === 'f32' ? ['', 'fp16'] : ['fp16', '']
  return variant === undefined ? rest : [variant, '', 'fp16']
}

/** Whether `model_index.json` lists a part; `[null, null]` stands for one that was left out. */
function listed(index: Config, part: string): boolean {
  const entry = index.get(part)
  return Array.isArray(entry) && entry.some((e) => e !== null)
}

interface WeightSet {
  variant: string
  files: string[]
  /**
   * The file that a model is opened by (weights or index), and what it is called without variant.
   */
  main: string
  plain: string
}

/**
 * The complete sets of weights among the names of a part's files, by variant; a single file goes
 * before shards.
 */
function weightSets(names: readonly string[], stem: string): Map<string, WeightSet> {
  const sets = new Map<string, WeightSet>()
  const shards = new Map<string, { count: number; files: string[] }>()
  for (const name of names) {
    if (!name.startsWith(stem)) continue
    const rest = name.slice(stem.length)
    const whole = /^(?:\.([\w-]+))?\.safetensors$/.exec(rest)
    if (whole) {
      const variant = whole[1] ?? ''
      sets.set(variant, { variant, files: [name], main: name, plain: `${stem}.safetensors` })
    }
    // Older versions of diffusers wrote the variant before the number.
    const shard = /^(?:\.([\w-]+?))?-\d{5}-of-(\d{5})(?:\.([\w-]+))?\.safetensors$/.exec(rest)
    if (shard) {
      const variant = shard[1] ?? shard[3] ?? ''
      const found = shards.get(variant) ?? { count: Number(shard[2]), files: [] }
      shards.set(variant, found)
      found.files.push(name)
    }
  }
  for (const [variant, { count, files }] of shards) {
    const plain = `${stem}.safetensors.index.json`
    const wanted = variant === '' ? [plain] : [`${stem}.safetensors.index.${variant}.json`, `${stem}.${variant}.safetensors.index.json`]
    const main = wanted.find((n) => names.includes(n))
    if (main !== undefined && files.length === count && !sets.has(variant))
      sets.set(variant, { variant, files: [main, ...files], main, plain })
  }
  return sets
}

function lacks(where: string, file: string, inside: readonly string[]) {
  return { what: 'model', where, expected: file, got: inside.length === 0 ? 'no such folder' : inside.slice(0, 5).join(', ') }
}

function noWeights(where: string, file: string, inside: readonly string[]): AdzusError {
  const pickle = inside.some((n) => /\.(bin|ckpt|pt|pth|msgpack|onnx)$/.test(n))
  return new AdzusError({
    ...lacks(where, `${file} (or a variant, or all shards with their index)`, inside),
    hint: pickle ? 'Pickled checkpoints can run code and are not read; choose a repository or revision with safetensors.' : undefined,
  })
}

function noVariant(where: string, variant: string, known: readonly string[]): AdzusError {
  return new AdzusError({
    what: 'model',
    where,
    expected: `a variant "${variant}" of the UNet`,
    got: known.map((v) => (v === '' ? 'the plain one' : `"${v}"`)).join(', '),
  })
}
