/**
 * @file Encoded texts kept between runs, the empty prompt's above all: most runs then need no text
 * encoder. A context is named by the hash of what encodes it and the text, and stored as a
 * safetensors file; one that cannot be read is encoded again.
 */
import { type AppCache, sha256 } from '#platform'
import type { Files } from '../checkpoint/files.ts'
import { SafetensorsFile } from '../safetensors/reader.ts'
import { encodeSafetensors } from '../safetensors/writer.ts'
import { bytesSource } from '../source.ts'

/** A context on the host. */
export interface EncodedText {
  /** [tokens, width] */
  values: Float32Array
  shape: readonly number[]
  words: number[]
  pooled?: Float32Array
}

export class ContextCache {
  readonly #cache: AppCache
  readonly #files: Files
  readonly #parts: readonly string[]
  readonly #kind: string
  #hash: Promise<string> | undefined

  /**
   * @param parts the folders that encode texts; @param kind what else a context depends on, such as
   *   the type of the weights
   */
  constructor(cache: AppCache, files: Files, parts: readonly string[], kind: string) {
    this.#cache = cache
    this.#files = files
    this.#parts = parts
    this.#kind = kind
  }

  async get(text: string): Promise<EncodedText | undefined> {
    const bytes = await this.#cache.get(await this.#name(text))
    return bytes && (await decode(bytes).catch(() => undefined))
  }

  async put(text: string, { values, shape, words, pooled }: EncodedText): Promise<void> {
    const tensors = [
      { name: 'context', dtype: 'F32', shape, data: values },
      { name: 'words', dtype: 'I32', shape: [words.length], data: Int32Array.from(words) },
      ...(pooled ? [{ name: 'pooled', dtype: 'F32', shape: [pooled.length], data: pooled }] : []),
    ]
    await this.#cache.put(await this.#name(text), encodeSafetensors(tensors))
  }

  async #name(text: string): Promise<string> {
    this.#hash ??= this.#files.hash?.() ?? this.#hashParts()
    return `context 1 ${await this.#hash} ${this.#kind} ${text}`
  }

  async #hashParts(): Promise<string> {
    const hashes: string[] = []
    for (const name of (await this.#files.list()).filter((n) => this.#parts.includes(n.split('/')[0])).sort()) {
      const source = await this.#files.open(name)
      hashes.push(`${name} ${await sha256(source)}`)
      await source.close?.()
    }
    return hashes.join()
  }
}

async function decode(bytes: Uint8Array): Promise<EncodedText | undefined> {
  const file = await SafetensorsFile.open(bytesSource('cached context', bytes))
  const shape = file.tensors.get('context')!.shape
  const pooled = file.tensors.has('pooled') ? await file.readFloats('pooled') : undefined
  const found = { values: await file.readFloats('context'), shape, words: [...(await file.readInts('words'))], pooled }
  return isSound(found) ? found : undefined
}

/**
 * Whether a context can be what an encoder gave: a matrix of finite numbers, and words that are
 * among its rows.
 */
function isSound({ values, shape, words, pooled }: EncodedText): boolean {
  return (
    shape.length === 2 &&
    values.length > 0 &&
    values.every(Number.isFinite) &&
    (pooled?.every(Number.isFinite) ?? true) &&
    words.every((row) => row >= 0 && row < shape[0])
  )
}
