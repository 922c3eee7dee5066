/** @file The file that was opened last, with the image of it that was decoded last. */
import { type ByteSource, type Decoded, openImages, type StoredImage } from 'adzus'

/** Larger images are decoded when they are looked at, and of their channels only what is needed. */
const MOST_KEPT = 2 ** 27

export class Opened {
  readonly id: number
  readonly images: readonly StoredImage[]
  #page = -1
  #decoded: Decoded | undefined

  private constructor(id: number, images: readonly StoredImage[]) {
    this.id = id
    this.images = images
  }

  /**
   * Reads what a file says of its images; the file is read by ranges.
   * @throws AdzusError for files that are no pictures
   */
  static async open(id: number, file: Blob, name: string): Promise<Opened> {
    return new Opened(id, await openImages(sourceOf(file, name), name))
  }

  /** Decodes an image, so that its faults are known before anything else is given up. */
  async check(page: number): Promise<readonly string[]> {
    const { width, height, facts } = this.images[page]
    if (width * height * (facts?.channels ?? 1) > MOST_KEPT) return []
    this.#decoded = await this.images[page].decode()
    this.#page = page
    return this.#decoded.notes
  }

  /** One of the images, for the library; what is decoded is not decoded again. */
  image(page: number): StoredImage {
    const image = this.images[page]
    if (page !== this.#page) return image
    const decoded = this.#decoded!
    const { name, width, height, facts } = image
    return { name, width, height, facts, decode: async () => decoded }
  }
}

function sourceOf(file: Blob, name: string): ByteSource {
  const read = async (offset: number, length: number) => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer())
  return { name, size: file.size, read }
}
