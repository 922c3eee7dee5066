/**
 * @file What is read of an input: its file's one picture, a page of it (`--page`), or a plane of a
 * folder that is one picture.
 */
import { AdzusError, check } from '../../errors.ts'
import { firstOf, type ImageInput, openImages, openZarrFolder, type StoredImage } from '../../index.ts'
import { isFolderPicture } from '../formats.ts'
import { type Input, shownPath } from '../inputs.ts'
import { readPicture } from '../read.ts'
import { fileSource } from '../volume/file-source.ts'

/** Which pages of files are segmented: one, from 1, or each as an input of its own. */
export type PageChoice = number | 'all'

/** An input's picture, and the bytes that tell it from others. */
export interface ReadInput {
  image: ImageInput
  /** Of a file all, of a folder the samples of the plane. */
  contents: Uint8Array
}

/** Reads an input's picture. @throws AdzusError where it cannot, or has no such page */
export async function readInput({ path, page }: Pick<Input, 'path' | 'page'>): Promise<ReadInput> {
  const name = shownPath(path)
  if (await isFolderPicture(path)) {
    const image = pageOf((await openZarrFolder(path)).images, page, name)
    const raster = await image.decode()
    const { buffer, byteOffset, byteLength } = raster.data
    const { width, height } = image
    return { image: { width, height, decode: async () => raster }, contents: new Uint8Array(buffer, byteOffset, byteLength) }
  }
  const contents = await readPicture(path, name)
  return { contents, image: page === undefined ? contents : pageOf(await openImages(contents, name), page, name) }
}

function pageOf(images: readonly StoredImage[], page: number | undefined, where: string): StoredImage {
  if (page === undefined) return firstOf(images)
  check(page <= images.length, () => ({
    what: 'image: page',
    where,
    expected: `a number from 1 to ${images.length} (--page)`,
    got: `${page}`,
  }))
  return images[page - 1]
}

/**
 * The inputs that pages are: results of page 3 of `stack` are called `stack.p3`. What cannot be
 * opened stays, and fails in its turn.
 */
export async function pagesOf(inputs: readonly Input[], choice: PageChoice): Promise<Input[]> {
  const taken = new Set<string>()
  const pages: Input[] = []
  for (const input of inputs) {
    const numbers = choice === 'all' ? Array.from({ length: await countOf(input) }, (_, i) => i + 1) : [choice]
    for (const page of numbers) pages.push({ ...input, page, name: distinct(`${input.name}.p${page}`, taken) })
  }
  return pages
}

async function countOf({ path, fault }: Input): Promise<number> {
  if (fault) return 1
  try {
    const images = (await isFolderPicture(path)) ? (await openZarrFolder(path)).images : await openImages(await fileSource(path), path)
    return images.length
  } catch (error) {
    if (error instanceof AdzusError) return 1
    throw error
  }
}

/** A name that no other page has, also where a disk takes `A` for `a`. */
function distinct(name: string, taken: Set<string>): string {
  const key = (text: string) => text.normalize('NFC').toLowerCase()
  let free = name
  for (let n = 2; taken.has(key(free)); n++) free = `${name}_${n}`
  taken.add(key(free))
  return free
}
