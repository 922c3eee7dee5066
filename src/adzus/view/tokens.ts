/** @file The tokens of a prompt, as a page shows them beside their attention. */

/** A token of the context: what `view.attention({ token })` asks for. */
export interface PromptToken {
  /** Its place in the context, from 0. */
  index: number
  /**
   * The part of the prompt that it stands for; empty for the start, the end and the padding, and
   * for a token that ends within a character.
   */
  text: string
  /** Whether it stands for a part of the prompt. */
  isWord: boolean
}

/**
 * All tokens of a context in order.
 * @param count of all tokens; @param words which of them are words; @param texts what these stand
 *   for
 */
export function promptTokens(count: number, words: readonly number[], texts: readonly string[]): PromptToken[] {
  return Array.from({ length: count }, (_, index) => {
    const word = words.indexOf(index)
    return { index, text: texts[word] ?? '', isWord: word >= 0 }
  })
}
