/**
 * @file The formats of pictures, as far as names and first bytes tell. Those that are read are in a
 * registry; of others the command line knows what their files are called, to say what it leaves
 * out.
 */
import { stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { openRegular } from '#platform'
import { imageExtensions, isPicture, isZarrName } from '../index.ts'

/** Pictures of other formats. */
const OTHERS =
  /\.(bmp|dib|gif|nrrd|mhd|mha|mgz|hei[cf]|avif|mrxs|scn|vms|czi|li[fm]|lsm|nd2|vsi|oi[bf]|ims|stk|jp2|j2k|jpx|jxl|exr|hdr|psd|raw|cr2|nef|arw|dng|ico|svg|pdf|tga|p[bgnp]m)$/i

/** What to do with pictures of other formats. */
export const ADVICE = 'Convert them to PNG.'

/** So many bytes tell what a file is. */
export const HEAD_BYTES = 1024

/** Files that stand in a folder that is a picture. */
const MARKS = ['zarr.json', '.zattrs', '.zgroup', '.zarray']

/** Whether a path is a folder that is one picture: by its name, or by what stands in it. */
export async function isFolderPicture(path: string): Promise<boolean> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false
  if (!isFolder || isZarrName(path)) return isFolder
  const marks = await Promise.all(MARKS.map((mark) => stat(join(path, mark)).catch(() => undefined)))
  return marks.some((mark) => mark?.isFile())
}

/** Whether a file is called like a picture that is read. */
export function isCalledLikeImage(path: string): boolean {
  const name = path.toLowerCase()
  return isZarrName(name) || imageExtensions().some((extension) => name.endsWith(`.${extension}`))
}

/** Names without an extension, or with one of digits alone, as scanners write them. */
const UNNAMED = /^(\.\d+)?$/

/** Whether a file whose name says nothing begins like a picture that is read. */
export async function isUnnamedImage(path: string): Promise<boolean> {
  if (!UNNAMED.test(extname(path))) return false
  // What cannot be read is missed no more than other files are.
  const file = await openRegular(path).catch(() => undefined)
  if (!file) return false
  try {
    const head = new Uint8Array(HEAD_BYTES)
    const { bytesRead } = await file.handle.read(head, 0, HEAD_BYTES, 0)
    return isPicture(head.subarray(0, bytesRead))
  } catch {
    return false
  } finally {
    await file.handle.close()
  }
}

/** The extension of a picture of another format, in small letters with its dot. */
export function otherFormat(path: string): string | undefined {
  return isCalledLikeImage(path) ? undefined : OTHERS.exec(path)?.[0].toLowerCase()
}
