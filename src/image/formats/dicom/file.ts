/**
 * @file A DICOM file up to its pixels: the meta header, the transfer syntax, the data set. No more
 * is read than that (deflated files are read and inflated whole).
 */
import { AdzusError } from '../../../errors.ts'
import { type ByteSource, bytesSource } from '../../../source.ts'
import { DataSet } from './data-set.ts'
import { type Element, elementAt, PIXELS, Shortage } from './elements.ts'
import { guessEncoding, hasMark } from './guess.ts'
import { plainSyntax, type Syntax, syntaxOf } from './syntaxes.ts'

/** So much is read first, and kept of a series' every slice; more where the header goes on. */
const FIRST_READ = 16 * 1024
/** Inflated data sets that are larger are refused. */
const MAX_INFLATED = 2 ** 29
const TRANSFER_SYNTAX = 0x00020010

export interface DicomFile {
  readonly where: string
  readonly syntax: Syntax
  /** The elements before the pixels, and the header of theirs. */
  readonly data: DataSet
  /** The bytes that `data` is a beginning of. */
  readonly source: ByteSource
  /** Everything before the pixels; of a deflated file, the inflated data set alone. */
  readonly header: Uint8Array
}

/** The error of a DICOM file that is not read. */
export function brokenDicom(where: string, got: string, hint?: string, cause?: unknown): AdzusError {
  return new AdzusError({ what: 'image', where, expected: 'a DICOM file that can be read', got, hint }, { cause })
}

/**
 * Reads the header of a file.
 * @throws AdzusError for what is no data set, and for one that ends too early
 */
export async function readDicom(source: ByteSource, where: string): Promise<DicomFile> {
  try {
    return await parsed(source, where)
  } catch (cause) {
    if (cause instanceof AdzusError) throw cause
    if (cause instanceof Shortage) throw brokenDicom(where, 'one that ends within an element', 'Is the file complete?', cause)
    throw brokenDicom(where, `a broken one: ${(cause as Error).message}`, 'Is the file complete?', cause)
  }
}

async function parsed(source: ByteSource, where: string): Promise<DicomFile> {
  const head = await source.read(0, Math.min(source.size, FIRST_READ))
  const from = hasMark(head) ? 132 : 0
  if (from === 0 && !guessEncoding(head)) throw brokenDicom(where, 'something else')
  const { end, uid } = metaOf(head, from)
  const guessed = () => {
    const encoding = guessEncoding(head, end, false)
    if (!encoding) throw brokenDicom(where, 'one that does not tell its transfer syntax, and whose data set is none of the usual ones')
    return plainSyntax(encoding.little, encoding.explicit)
  }
  const told = uid === undefined ? guessed() : syntaxOf(uid)
  // Some writers tell implicit VR of data sets that are explicit.
  const explicit = !told.explicit && guessEncoding(head, end, false)?.explicit
  const syntax = explicit ? { ...told, explicit } : told
  if (!syntax.deflated) {
    const { data, bytes } = await grown(source, head, end, syntax)
    return { where, syntax, data, source, header: bytes.subarray(0, data.end) }
  }
  const plain = bytesSource(source.name, await inflated(await source.read(end, source.size - end), where))
  const { data, bytes } = await grown(plain, await plain.read(0, Math.min(plain.size, FIRST_READ)), 0, syntax)
  return { where, syntax, data, source: plain, header: bytes.subarray(0, data.end) }
}

/** Where the meta header (group 0002) ends, and the transfer syntax that it tells. */
function metaOf(head: Uint8Array, from: number): { end: number; uid?: string } {
  const encoding = { little: true, explicit: true }
  let [end, uid] = [from, undefined as string | undefined]
  while (end + 8 <= head.length) {
    const element: Element = elementAt(head, end, encoding)
    if (element.tag >>> 16 !== 2) break
    if (element.open) throw new Error('a meta header with a value of open length')
    end = element.at + element.length
    if (end > head.length) throw new Shortage(end)
    if (element.tag === TRANSFER_SYNTAX) uid = new TextDecoder('latin1').decode(head.subarray(element.at, end)).replace(/[\0 ]+$/, '')
  }
  return { end, uid: uid === '' ? undefined : uid }
}

/** The data set; bytes are read until it is whole, or the file ends. */
async function grown(source: ByteSource, head: Uint8Array, from: number, syntax: Syntax): Promise<{ data: DataSet; bytes: Uint8Array }> {
  for (let bytes = head; ; ) {
    const last = bytes.length >= source.size
    try {
      return { data: new DataSet(bytes, syntax, from, bytes.length, { until: PIXELS, last }), bytes }
    } catch (error) {
      if (!(error instanceof Shortage) || last || error.end > source.size) throw error
      bytes = await source.read(0, Math.min(source.size, Math.max(error.end, 4 * bytes.length)))
    }
  }
}

/** The data set of a deflated file (RFC 1951), no longer than `MAX_INFLATED`. */
async function inflated(bytes: Uint8Array, where: string): Promise<Uint8Array> {
  const { Inflate } = await import('fflate')
  const pieces: Uint8Array[] = []
  let [size, ended] = [0, false]
  const stream = new Inflate((piece, final) => {
    size += piece.length
    if (size > MAX_INFLATED) throw brokenDicom(where, `a deflated one of more than ${MAX_INFLATED / 2 ** 20} MiB`)
    pieces.push(piece)
    ended ||= final
  })
  // In pieces, so that what expands without end is given up soon.
  const step = 65536
  for (let at = 0; at < bytes.length && !ended; at += step) stream.push(bytes.subarray(at, at + step), at + step >= bytes.length)
  const out = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}
