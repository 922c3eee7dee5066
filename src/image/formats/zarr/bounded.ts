/**
 * @file Bounds for what chunks unpack to: no more than their array's metadata say. The library
 * unpacks whatever comes, and a few bytes may become gigabytes.
 */
import { registry } from 'zarrita'
import { loadPart } from '../../../part.ts'
import { bytesSource } from '../../../source.ts'
import { gunzipStart } from '../../gunzip.ts'

/** What codecs are told of the chunks of their array. */
interface ChunkMeta {
  shape: readonly number[]
}

interface BytesCodec {
  kind: 'bytes_to_bytes'
  encode(bytes: Uint8Array): Promise<Uint8Array>
  decode(bytes: Uint8Array): Promise<Uint8Array>
}

/** Numbers have 8 bytes at most; checksums and headers of outer codecs some more. */
const mostOf = ({ shape }: ChunkMeta) => 8 * shape.reduce((all, size) => all * size, 1) + 1024

/** How many bytes a packed chunk says that it unpacks to; nothing where it does not. */
const SIZES: Readonly<Record<string, (bytes: Uint8Array) => number | undefined>> = {
  // 16 bytes of header, of which the second four are the size (c-blosc, README_CHUNK_FORMAT).
  blosc: (bytes) => view(whole(bytes, 16)).getUint32(4, true),
  // numcodecs writes the size before the data.
  lz4: (bytes) => view(whole(bytes, 4)).getUint32(0, true),
}

/** Of a shorter header codecs read what is not there. */
function whole(bytes: Uint8Array, header: number): Uint8Array {
  if (bytes.length < header) throw new Error(`a chunk of ${bytes.length} bytes`)
  return bytes
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The content's size in a frame's header (RFC 8878, section 3.1.1.1). */
function zstdSize(bytes: Uint8Array): number | undefined {
  if (bytes.length < 18) return undefined
  const [flags] = bytes.subarray(4)
  const single = (flags >> 5) & 1
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][flags & 3]
  const kind = flags >> 6
  if (kind === 0) return single ? bytes[at] : undefined
  if (kind === 1) return view(bytes).getUint16(at, true) + 256
  return kind === 2 ? view(bytes).getUint32(at, true) : Number(view(bytes).getBigUint64(at, true))
}

/** What a chunk that does not tell its size unpacks to at most. */
const MOST_UNTOLD = 2 ** 28

let bounded = false

/** Puts the bounds before the library's codecs, once. */
export function boundCodecs(): void {
  if (bounded) return
  bounded = true
  for (const [name, sizeOf] of Object.entries(SIZES))
    for (const key of [name, `numcodecs.${name}`]) {
      const load = registry.get(key)
      if (!load) continue
      registry.set(key, (async () => {
        const Codec = (await load()) as { fromConfig(configuration: unknown, meta: ChunkMeta): BytesCodec }
        return {
          fromConfig(configuration: unknown, meta: ChunkMeta): BytesCodec {
            const codec = Codec.fromConfig(configuration, meta)
            return {
              kind: 'bytes_to_bytes',
              encode: (bytes) => codec.encode(bytes),
              async decode(bytes) {
                const size = sizeOf(bytes)
                if (size !== undefined && size > mostOf(meta)) throw new Error(`a chunk that unpacks to ${size} bytes`)
                return codec.decode(bytes)
              },
            }
          },
        }
      }) as never)
    }
  const gzip = {
    fromConfig: (_: unknown, meta: ChunkMeta): BytesCodec => ({
      kind: 'bytes_to_bytes',
      encode: () => Promise.reject(new Error('gzip is not written here')),
      decode: async (bytes) => gunzipStart(bytesSource('chunk', bytes), mostOf(meta)),
    }),
  }
  // The library's own decoder of Zstandard never ends on some damaged chunks.
  const zstd = {
    fromConfig: (_: unknown, meta: ChunkMeta): BytesCodec => ({
      kind: 'bytes_to_bytes',
      encode: () => Promise.reject(new Error('Zstandard is not written here')),
      async decode(bytes) {
        const { decodeZstd } = await loadPart('Zstandard decoder (zstddec)', () => import('../../codecs/zstd.ts'))
        const size = zstdSize(bytes)
        if (size !== undefined && size > mostOf(meta)) throw new Error(`a chunk that unpacks to ${size} bytes`)
        return decodeZstd(bytes, size ?? Math.min(mostOf(meta), MOST_UNTOLD))
      },
    }),
  }
  for (const key of ['gzip', 'numcodecs.gzip']) registry.set(key, (async () => gzip) as never)
  for (const key of ['zstd', 'numcodecs.zstd']) registry.set(key, (async () => zstd) as never)
}
