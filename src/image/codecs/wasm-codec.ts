/**
 * @file Codecs compiled to WebAssembly (npm `@cornerstonejs/codec-…`): OpenJPEG for JPEG 2000,
 * OpenJPH for HTJ2K. They are loaded when the first frame needs them.
 *
 * They fail in three ways: with a picture of 0 × 0 pixels, with a C++ exception (a bare number),
 * and by ending. Each becomes an Error here; the size is compared before anything is decoded.
 */
import { packageScript, packageWasm } from '#platform'
import { AdzusError } from '../../errors.ts'
import { loadPart } from '../../part.ts'
import { type Coded, expectedHeader, type FrameSize, type Header } from './codestream.ts'

/** What the packages have in common. */
interface Decoder {
  getEncodedBuffer(length: number): Uint8Array
  decode(): void
  getDecodedBuffer(): Uint8Array
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number }
  delete(): void
}

interface Module {
  [name: string]: unknown
}

const CODECS = {
  'jpeg-2000': { name: '@cornerstonejs/codec-openjpeg', script: 'decodewasmjs', wasm: 'decodewasm', decoder: 'J2KDecoder' },
  htj2k: { name: '@cornerstonejs/codec-openjph', script: 'wasmjs', wasm: 'wasm', decoder: 'HTJ2KDecoder' },
} as const

export type WasmCoding = keyof typeof CODECS

const started = new Map<WasmCoding, Promise<Module>>()

/**
 * Decodes a frame.
 * @param expected the size that the file tells; a stream of another is refused
 * @throws Error for streams that are damaged or of another size
 * @throws AdzusError where the codec cannot be loaded
 * @example
 * const size = { width: 512, height: 512, components: 1 }
 * const { data, bits } = await decodeFrame('jpeg-2000', stream, size)
 */
export async function decodeFrame(coding: WasmCoding, bytes: Uint8Array, expected: FrameSize): Promise<Coded> {
  const header = expectedHeader(bytes, expected)
  const module = await moduleOf(coding)
  return run(coding, module, bytes, header)
}

function run(coding: WasmCoding, module: Module, bytes: Uint8Array, header: Header): Coded {
  const { width, height, components, bits } = header
  let decoder: Decoder | undefined
  try {
    decoder = new (module[CODECS[coding].decoder] as new () => Decoder)()
    decoder.getEncodedBuffer(bytes.length).set(bytes)
    decoder.decode()
    const got = decoder.getFrameInfo()
    if (got.width !== width || got.height !== height || got.componentCount !== components) throw new Error('damaged data')
    const decoded = decoder.getDecodedBuffer()
    const length = width * height * components * (bits > 8 ? 2 : 1)
    if (bits > 16 || decoded.length !== length) throw new Error(`samples of ${bits} bits`)
    return { ...header, data: new Uint8Array(decoded) }
  } catch (cause) {
    // An exception of C++ is a number, and what has failed may be in any state.
    started.delete(coding)
    if (cause instanceof Error && cause.constructor === Error) throw cause
    throw new Error('damaged data that cannot be decoded', { cause })
  } finally {
    if (started.has(coding)) decoder?.delete()
  }
}

async function moduleOf(coding: WasmCoding): Promise<Module> {
  const starting = started.get(coding) ?? start(coding)
  started.set(coding, starting)
  try {
    return await starting
  } catch (error) {
    started.delete(coding)
    throw error
  }
}

async function start(coding: WasmCoding): Promise<Module> {
  const { name, script, wasm } = CODECS[coding]
  const part = `${coding} decoder (${name})`
  const [make, compiled] = await Promise.all([
    loadPart(part, () => packageScript(name, script)),
    loadPart(part, async () => (await packageWasm(name, wasm)) ?? Promise.reject(new Error('no WebAssembly'))),
  ])
  const options = {
    print: () => {},
    printErr: () => {},
    instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(compiled, imports)
      receive(instance)
      return instance.exports
    },
  }
  try {
    return await (make as (options: object) => Promise<Module>)(options)
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : `${cause}`
    throw new AdzusError({ what: 'part of adzus', where: part, expected: 'a codec that starts', got }, { cause })
  }
}
