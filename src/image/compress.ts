/**
 * @file Compressing by the runtime's own `CompressionStream`: native code, on another thread.
 */

/** Compresses bytes as zlib (`deflate`) or gzip (`gzip`) streams hold them. */
export async function compress(bytes: Uint8Array<ArrayBuffer>, format: 'deflate' | 'gzip'): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new CompressionStream(format)
  const writer = stream.writable.getWriter()
  // What goes wrong here shows where the other end is read.
  Promise.all([writer.write(bytes), writer.close()]).catch(() => {})
  const parts: BlobPart[] = []
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> = stream.readable.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) parts.push(read.value)
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}
