/**
 * @file The names in a single-file checkpoint, seen below a prefix. A *module* is what a name says
 * before its last words: `input_blocks.4.0.in_layers.2` has a `weight` and a `bias`.
 */
import { AdzusError, check } from '../../errors.ts'
import type { TensorInfo } from '../../safetensors/header.ts'
import type { ViewedTensor } from '../../safetensors/view.ts'

export type Tensors = ReadonlyMap<string, TensorInfo>

/** One model of a checkpoint as diffusers or transformers would save it. */
export interface Part {
  /** Its config.json. */
  config: Record<string, unknown>
  tensors: ViewedTensor[]
}

/** Modules of a checkpoint, and what diffusers calls them. */
export type Modules = Map<string, string>

export class Keys {
  readonly file: string
  readonly prefix: string
  readonly #tensors: Map<string, TensorInfo>

  constructor(file: string, tensors: Tensors, prefix: string) {
    this.file = file
    this.prefix = prefix
    this.#tensors = new Map(
      [...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, info]) => [name.slice(prefix.length), info]),
    )
  }

  names(): string[] {
    return [...this.#tensors.keys()]
  }

  has(name: string): boolean {
    return this.#tensors.has(name)
  }

  tensor(name: string): TensorInfo {
    const info = this.#tensors.get(name)
    if (info) return info
    throw new AdzusError({
      what: 'checkpoint',
      where: this.file,
      expected: `a tensor "${this.prefix}${name}"`,
      got: `${this.#tensors.size} tensors below "${this.prefix}" without it`,
      hint: 'The file is incomplete, or of a kind that is not supported.',
    })
  }

  /** Whether any name begins so: whether there is a module, whatever its tensors are called. */
  begins(start: string): boolean {
    for (const name of this.#tensors.keys()) if (name.startsWith(start)) return true
    return false
  }

  /** The shape of a tensor with so many axes at least, none of them empty. */
  shape(name: string, axes: number): readonly number[] {
    const { shape } = this.tensor(name)
    check(shape.length >= axes && !shape.includes(0), () => ({
      what: 'checkpoint: tensor',
      where: `"${this.prefix}${name}" in ${this.file}`,
      expected: `${axes} axes or more, none of length 0`,
      got: `[${shape.join(', ')}]`,
    }))
    return shape
  }

  /** How many of `list.0.`, `list.1.`, … there are names for. */
  count(list: string): number {
    const found = new Set<string>()
    for (const name of this.#tensors.keys()) {
      if (!name.startsWith(`${list}.`)) continue
      const [, index] = /^(\d+)\./.exec(name.slice(list.length + 1)) ?? []
      if (index !== undefined) found.add(index)
    }
    for (let i = 0; i < found.size; i++)
      check(found.has(`${i}`), () => ({
        what: 'checkpoint',
        where: this.file,
        expected: `tensors below "${this.prefix}${list}.${i}."`,
        got: `none, but others of ${found.size}`,
        hint: 'The file is incomplete.',
      }))
    return found.size
  }

  /** A refusal. */
  unsupported(expected: string, got: string): AdzusError {
    return new AdzusError({ what: 'checkpoint', where: this.file, expected, got, hint: 'Checkpoints of this kind are not supported.' })
  }

  /** All tensors of the modules, under their new names. */
  renamed(modules: Modules): ViewedTensor[] {
    return this.names().flatMap((name) => {
      const renamed = rename(modules, name)
      return renamed === undefined ? [] : [{ name: renamed, from: this.tensor(name) }]
    })
  }
}

/**
 * The new name of a tensor by the longest module that it begins with, segment by segment; undefined
 * where there is none.
 */
function rename(modules: Modules, name: string): string | undefined {
  const segments = name.split('.')
  for (let n = segments.length - 1; n > 0; n--) {
    const module = modules.get(segments.slice(0, n).join('.'))
    if (module !== undefined) return [module, ...segments.slice(n)].join('.')
  }
  return undefined
}

/**
 * GroupNorm's groups, which the weights do not show: 32 in every published model; for widths that
 * 32 does not divide, the largest power of 2 that divides all.
 */
export function normGroups(widths: readonly number[]): number {
  let groups = 32
  while (groups > 1 && widths.some((w) => w % groups !== 0)) groups /= 2
  return groups
}
