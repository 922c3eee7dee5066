/** @file A safetensors file whose tensors are read one by one, when they are asked for. */
import { AdzusError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import type { ByteSource } from '../source.ts'
import { decodeFloats, decodeInts } from './dtypes.ts'
import { type Header, readHeader, type TensorInfo } from './header.ts'

/** Numbers as they go to a device: f16 stays f16 (bit patterns), everything else becomes f32. */
export type Stored = { dtype: 'f32'; data: Float32Array } | { dtype: 'f16'; data: Uint16Array }

export class SafetensorsFile {
  readonly name: string
  readonly tensors: Header['tensors']
  readonly metadata: Header['metadata']
  readonly #source: ByteSource

  private constructor(source: ByteSource, header: Header) {
    this.name = source.name
    this.tensors = header.tensors
    this.metadata = header.metadata
    this.#source = source
  }

  /** Reads and checks the header; no tensor data yet. A source that fails is closed. */
  static async open(source: ByteSource): Promise<SafetensorsFile> {
    try {
      return new SafetensorsFile(source, await readHeader(source))
    } catch (error) {
      await source.close?.()
      throw error
    }
  }

  /** The raw bytes of a tensor. */
  async read(name: string): Promise<Uint8Array> {
    const { begin, end } = this.#info(name)
    return end > begin ? this.#source.read(begin, end - begin) : new Uint8Array(0)
  }

  async readFloats(name: string): Promise<Float32Array> {
    return decodeFloats(this.#info(name).dtype, await this.read(name), this.#where(name))
  }

  async readInts(name: string): Promise<Int32Array> {
    return decodeInts(this.#info(name).dtype, await this.read(name), this.#where(name))
  }

  /** F16 as it is, everything else as f32. */
  async readStored(name: string): Promise<Stored> {
    if (this.#info(name).dtype !== 'F16') return { dtype: 'f32', data: await this.readFloats(name) }
    const bytes = await this.read(name)
    // A view, where the bytes begin at a whole number of halves: they are only read.
    const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice()
    return { dtype: 'f16', data: new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2) }
  }

  close(): Promise<void> {
    return this.#source.close?.() ?? Promise.resolve()
  }

  #info(name: string): TensorInfo {
    const info = this.tensors.get(name)
    if (info) return info
    const similar = nearest(name, this.tensors.keys())
    throw new AdzusError({
      what: 'safetensors: tensor',
      where: this.name,
      expected: `"${name}"`,
      got: `${this.tensors.size} tensors without it`,
      hint: similar && `Did you mean "${similar}"?`,
    })
  }

  #where(name: string): string {
    return `"${name}" in ${this.name}`
  }
}
