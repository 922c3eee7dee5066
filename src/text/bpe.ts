/**
 * @file Byte-pair encoding: a word starts as single characters (the last marked `</w>`), and the
 * pair of neighbours with the best rank in the list of merges is joined, again and again, until no
 * pair is listed.
 */

/** Marks the last piece of a word. */
export const END_OF_WORD = '</w>'

export class Bpe {
  readonly #ranks: Map<string, number>
  readonly #cache = new Map<string, string[]>()

  /** @param merges pairs in order of rank, `a b` */
  constructor(merges: readonly string[]) {
    this.#ranks = new Map(merges.map((pair, rank) => [pair, rank]))
  }

  /** The pieces of a word given as characters. */
  pieces(characters: readonly string[]): string[] {
    const key = characters.join('')
    let pieces = this.#cache.get(key)
    if (!pieces) {
      pieces = this.#merge(characters)
      this.#cache.set(key, pieces)
    }
    return pieces
  }

  #merge(characters: readonly string[]): string[] {
    let parts = characters.map((c, i) => (i === characters.length - 1 ? `${c}${END_OF_WORD}` : c))
    for (;;) {
      let best = Infinity
      for (let i = 0; i + 1 < parts.length; i++) best = Math.min(best, this.#ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity)
      if (best === Infinity) return parts
      const joined: string[] = []
      for (let i = 0; i < parts.length; i++) {
        if (i + 1 < parts.length && this.#ranks.get(`${parts[i]} ${parts[i + 1]}`) === best) joined.push(parts[i] + parts[++i])
        else joined.push(parts[i])
      }
      parts = joined
    }
  }
}
