/**
 * @file Compressing by the runtime's own `CompressionStream`: native code, on another thread.
 */

/**
 * Compresses bytes as zlib (`deflate`) or gzip (`gzip`) streams hold them.
 * @param pieces made one after another, each when the one before has been taken
 */
export async function compress(pieces: Iterable<Uint8Array<ArrayBuffer>>, format: 'deflate' | 'gzip'): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new CompressionStream(format)
  const writer = stream.writable.getWriter()
  const write = async () => {
    for (const piece of pieces) await writer.write(piece)
    await writer.close()
  }
  let fault: unknown
  const writing = write().catch((error) => {
    fault = error
    return writer.abort(error).catch(() => {})
  })
  const parts: BlobPart[] = []
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> = stream.readable.getReader()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) parts.push(read.value)
  } catch (error) {
    await writing
    throw fault ?? error
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}
