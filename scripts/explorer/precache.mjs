/**
 * @file Which files of the packed explorer its service worker keeps: all that a first visit needs at
 * once, the others when they are used.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** What few visits need, by where it is from: CLIP's tokenizer for single files, rare codecs. */
const RARE =
  /weights\/clip-tokenizer\/|node_modules\/(numcodecs|zstddec|zarrita|@zarrita|@cornerstonejs|@jsquash\/webp)\/|dist\/src\/(image\/formats\/zarr|adzus\/(tiles|volume))\//

/** Of a file's bytes, as a share: with so many from there it is what few visits need. */
const MOSTLY = 0.8

/** Whether few visits need a file: codecs have a few lines of the library around them. */
function isRare({ inputs }) {
  const bytes = (list) => list.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0)
  const all = Object.entries(inputs)
  return bytes(all) > 0 && bytes(all.filter(([path]) => RARE.test(path))) >= MOSTLY * bytes(all)
}

/**
 * @param out the packed folder
 * @param outputs esbuild's, by their paths relative to `root`
 */
export function precacheOf(out, outputs, root) {
  const rare = new Set()
  for (const [path, output] of Object.entries(outputs)) if (isRare(output)) rare.add(join(root, path))
  const all = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
  const listed = (files) =>
    files.map((file) => {
      const hash = createHash('sha256').update(readFileSync(file)).digest('base64')
      return { path: relative(out, file).split(sep).join('/'), integrity: `sha256-${hash}` }
    })
  const precache = listed(all.filter((file) => !rare.has(file)))
  const later = listed(all.filter((file) => rare.has(file)))
  const version = createHash('sha256')
    .update(JSON.stringify([precache, later]))
    .digest('hex')
    .slice(0, 16)
  return { precache, later, version }
}
