/**
 * @file WebP, decoded by libwebp (compiled to WebAssembly, npm `@jsquash/webp`), so that pixels
 * equal those of Pillow and most other tools.
 */
import startDecoder, { type WebPModule } from '@jsquash/webp/codec/dec/webp_dec.js'
import { packageWasm } from '#platform'
import { loadPart } from '../../../part.ts'
import type { ByteSource } from '../../../source.ts'
import type { Decoded, StoredImage } from '../../format.ts'
import { brokenWebp, readWebp, type WebpParts } from './container.ts'

/** The decoder's WebAssembly. */
const WASM = 'WebP decoder (webp_dec.wasm of @jsquash/webp)'

let starting: Promise<WebPModule> | undefined

/**
 * One picture; of an animation the first frame.
 * @throws AdzusError for files that libwebp does not read, and for sizes that cannot be segmented
 */
export async function openWebp(source: ByteSource, where: string): Promise<StoredImage[]> {
  const parts = readWebp(await source.read(0, source.size), where)
  const { width, height, alpha, compression, exif } = parts
  const facts = { type: 'uint8', channels: alpha ? 4 : 3, compression: `WebP, ${compression}`, spacing: exif?.spacing }
  return [{ width, height, facts, decode: () => decode(parts, where) }]
}

async function decode({ width, height, frame, alpha, file, exif, notes }: WebpParts, where: string): Promise<Decoded> {
  starting ??= start()
  const decoder = await starting.catch((error) => {
    starting = undefined
    throw error
  })
  let pixels: ImageData | null = null
  let cause: unknown
  try {
    pixels = decoder.decode(file)
  } catch (error) {
    // A failed decoder has exited: the next picture gets a new one.
    starting = undefined
    cause = error
  }
  if (pixels?.width !== frame.width || pixels.height !== frame.height) throw brokenWebp(where, 'one with damaged data', cause)
  const channels = alpha ? 4 : 3
  const data = new Uint8Array(width * height * channels)
  for (let y = 0, from = 0; y < frame.height; y++)
    for (let x = 0, to = ((frame.y + y) * width + frame.x) * channels; x < frame.width; x++, from += 4, to += channels)
      for (let c = 0; c < channels; c++) data[to + c] = pixels.data[from + c]
  return { width, height, channels, data, spacing: exif?.spacing, orientation: exif?.orientation, notes }
}

async function start(): Promise<WebPModule> {
  const compiled = await loadPart(WASM, () => packageWasm('@jsquash/webp', 'codec/dec/webp_dec.wasm'))
  const options = {
    noInitialRun: true,
    print: () => {},
    printErr: () => {},
    // Where there is a compiled module; else the decoder fetches it itself.
    ...(compiled && {
      instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) {
        const instance = new WebAssembly.Instance(compiled, imports)
        receive(instance)
        return instance.exports
      },
    }),
  }
  return loadPart(WASM, () => (startDecoder as (options: object) => Promise<WebPModule>)(options))
}
