/**
 * @file Arrays of a Zarr hierarchy, of which only the chunks are read and unpacked that hold what
 * is asked for. Chunks are the work of the library zarrita, which knows both versions, sharding
 * and the codecs.
 */
import { type DataType, isZarritaError, open, type Readable, registry, root, type Array as ZarrArray } from 'zarrita'
import { isRecord } from '../../../arguments.ts'
import { AdzusError } from '../../../errors.ts'
import type { Samples } from '../../raster.ts'
import { boundCodecs } from './bounded.ts'
import { broken, readJson } from './metadata.ts'
import { MOST_BYTES, type ZarrStore } from './store.ts'

/** Chunks that are read at a time. */
const AT_ONCE = 4
/** Of a file that says huge sizes and has few bytes, so many chunks are looked for at most. */
const MOST_CHUNKS = 2 ** 17
/** Samples that are read at a time at most: 2 GiB of floats. */
const MOST_SAMPLES = 2 ** 29

/** Which samples a type is read as. Of numbers that none hold, the nearest floats. */
const SAMPLES: Readonly<Record<string, new (length: number) => Samples>> = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int16Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Float32Array,
  uint32: Float32Array,
  int64: Float32Array,
  uint64: Float32Array,
  float32: Float32Array,
  float64: Float32Array,
}

/** What is read along one of an array's axes, and how far its samples lie apart in what is made. */
export interface Along {
  start: number
  count: number
  step: number
}

/** An array whose sizes can be trusted. */
export interface OpenArray {
  shape: readonly number[]
  type: string
  /** Names of the codecs that pack it, for messages. */
  compression: string
  /** Reads a block of it, one entry for each axis. */
  read(block: readonly Along[]): Promise<Samples>
}

/**
 * @param path of the array below the store's root
 * @throws AdzusError where it is missing, broken, of a type that is no number, or in chunks beyond
 *   memory
 */
export async function openArray(store: ZarrStore, path: string, where: string): Promise<OpenArray> {
  const at = path || 'the folder itself'
  boundCodecs()
  const compression = await compressionOf(store, path, where)
  const array = await zarrErrors(where, at, () => open(root(store as Readable).resolve(path), { kind: 'array' }))
  const { shape, chunks, dtype } = array
  const kind = Object.hasOwn(SAMPLES, dtype) ? SAMPLES[dtype] : undefined
  if (!kind) throw broken(where, `an array of the type ${dtype} (${at})`)
  const whole = (sizes: unknown): sizes is number[] =>
    Array.isArray(sizes) && sizes.every((size) => Number.isSafeInteger(size) && size >= 1)
  if (!whole(shape) || !whole(chunks) || shape.length !== chunks.length || shape.length === 0)
    throw broken(where, `an array of ${JSON.stringify(shape)?.slice(0, 60)} in chunks of ${JSON.stringify(chunks)?.slice(0, 60)} (${at})`)
  if (product(chunks) * 8 > MOST_BYTES) throw broken(where, `chunks of ${chunks.join(' × ')} samples (${at})`)
  return {
    shape,
    type: dtype,
    compression,
    async read(block) {
      const wanted = product(block.map(({ count }) => count))
      if (wanted > MOST_SAMPLES)
        throw broken(where, `${wanted} samples to be read at once`, 'Choose one channel, or a smaller region or level.')
      const count = product(
        block.map(({ start, count }, axis) => Math.floor((start + count - 1) / chunks[axis]) - Math.floor(start / chunks[axis]) + 1),
      )
      if (count > MOST_CHUNKS)
        throw broken(where, `${count} chunks to be read at once`, 'Choose one channel, or a smaller region or level.')
      const out = new kind(wanted)
      const tasks = chunksOf(block, chunks)
      const work = async () => {
        for (const coordinates of tasks) {
          const chunk = await zarrErrors(where, `${at}, chunk ${coordinates.join('/')}`, () => array.getChunk(coordinates))
          if (chunk.data.length < product(chunks)) throw broken(where, `a chunk that is too short (${at}, chunk ${coordinates.join('/')})`)
          copy(numbersOf(chunk.data), chunk.stride, coordinates, chunks, block, out)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      return out
    },
  }
}

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1)

type Chunk = Awaited<ReturnType<ZarrArray<DataType>['getChunk']>>

/** Whole numbers of 64 bits and truth values as numbers. */
function numbersOf(data: Chunk['data']): ArrayLike<number> {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number)
  if (ArrayBuffer.isView(data)) return data as unknown as ArrayLike<number>
  return Uint8Array.from(data as Iterable<boolean>, Number)
}

/** The places of the chunks that hold a block, one after the other. */
function* chunksOf(block: readonly Along[], chunks: readonly number[]): Generator<number[]> {
  const first = block.map(({ start }, axis) => Math.floor(start / chunks[axis]))
  const last = block.map(({ start, count }, axis) => Math.floor((start + count - 1) / chunks[axis]))
  yield* places(first, last)
}

/** All places from one to another, the last axis running fastest. */
function* places(first: readonly number[], last: readonly number[]): Generator<number[]> {
  const place = [...first]
  for (;;) {
    yield [...place]
    let axis = place.length - 1
    while (axis >= 0 && place[axis] === last[axis]) {
      place[axis] = first[axis]
      axis--
    }
    if (axis < 0) return
    place[axis]++
  }
}

/** Copies what a chunk holds of a block. */
function copy(
  data: ArrayLike<number>,
  stride: readonly number[],
  chunk: readonly number[],
  chunks: readonly number[],
  block: readonly Along[],
  out: Samples,
): void {
  const from = block.map(({ start }, axis) => Math.max(start, chunk[axis] * chunks[axis]))
  const to = block.map(({ start, count }, axis) => Math.min(start + count, (chunk[axis] + 1) * chunks[axis]))
  const inner = block.length - 1
  const length = to[inner] - from[inner]
  const [read, write] = [stride[inner], block[inner].step]
  const lasts = to.map((end, axis) => (axis === inner ? from[axis] : end - 1))
  for (const place of places(from, lasts)) {
    let source = 0
    let target = 0
    for (const [axis, at] of place.entries()) {
      source += (at - chunk[axis] * chunks[axis]) * stride[axis]
      target += (at - block[axis].start) * block[axis].step
    }
    for (let i = 0; i < length; i++, source += read, target += write) out[target] = data[source]
  }
}

/** Codecs that do not pack. */
const PLAIN = ['bytes', 'transpose', 'crc32c']

/**
 * The codecs by the names in an array's metadata, without those that do not pack. The library
 * meets unknown ones too late: its failure would be nobody's.
 * @throws AdzusError for codecs that are not known
 */
async function compressionOf(store: ZarrStore, path: string, where: string): Promise<string> {
  const read = (file: string) => readJson(store, `/${path}/${file}`.replace(/\/+/g, '/') as `/${string}`, where)
  const third = await read('zarr.json')
  const second = third ? undefined : await read('.zarray')
  const names = third ? codecNames(third['codecs']) : secondNames(second ?? {})
  const isKnown = (name: string) => (third ? name === SHARDED || registry.has(name) : name === SCALED || registry.has(`numcodecs.${name}`))
  for (const name of names) if (!isKnown(name)) throw broken(where, `one packed by ${name}, which is not known`)
  const packing = names.filter((name) => !PLAIN.includes(name))
  return packing.map((name) => (name === SHARDED ? 'sharded' : name)).join(', ') || 'none'
}

/** What is no codec at all. */
const NAMELESS = 'something without a name'
const SHARDED = 'sharding_indexed'
/** Of version 2, which the library makes two others of. */
const SCALED = 'fixedscaleoffset'

/** Of version 3; those of shards stand within. */
function codecNames(codecs: unknown, depth = 0): string[] {
  if (!Array.isArray(codecs) || depth > 2) return []
  return codecs.flatMap((codec) => {
    if (!isRecord(codec)) return [NAMELESS]
    const { codecs: inner, index_codecs: index } = isRecord(codec['configuration']) ? codec['configuration'] : {}
    // Those of a shard's index pack nothing that counts.
    return [`${codec['name']}`, ...codecNames(inner, depth + 1), ...codecNames(index, depth + 1).filter((name) => !PLAIN.includes(name))]
  })
}

/** Of version 2. */
function secondNames({ compressor, filters }: Record<string, unknown>): string[] {
  const all: unknown[] = [...(Array.isArray(filters) ? filters : [filters]), compressor]
  return all.flatMap((codec) => (codec === null || codec === undefined ? [] : [isRecord(codec) ? `${codec['id']}` : NAMELESS]))
}

/** What goes wrong in the library is the file's fault. */
async function zarrErrors<T>(where: string, at: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof AdzusError) throw cause
    if (isZarritaError(cause, 'CodecPipelineError') && cause.cause instanceof AdzusError) throw cause.cause
    const said = cause instanceof Error ? cause.message : `${cause}`
    const missing = isZarritaError(cause, 'NotFoundError')
      ? `no array where its metadata name one (${at})`
      : `a damaged one (${at}): ${said}`
    throw broken(where, missing, undefined, cause)
  }
}
