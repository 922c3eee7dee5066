/** @file Files that a contender in a page reads and writes: those below some folders, by their absolute paths. A folder's path with a slash at its end lists what lies below it. */
import { createReadStream, createWriteStream } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sep } from 'node:path'
import { filesBelow } from '../../test/support/page.ts'

/** A handler for the page's server: true where the path is one of them. */
export function handOut(folders: readonly string[]) {
  return (request: IncomingMessage, response: ServerResponse, path: string): boolean => {
    if (!folders.some((folder) => path.startsWith(folder + sep))) return false
    const fail = () => response.writeHead(404).end()
    if (request.method === 'PUT') {
      const file = createWriteStream(path)
      request.pipe(file).once('error', fail)
      file.once('finish', () => response.writeHead(204).end())
    } else if (path.endsWith(sep)) {
      filesBelow(path).then((names) => response.end(JSON.stringify(names)), fail)
    } else createReadStream(path).once('error', fail).pipe(response)
    return true
  }
}
