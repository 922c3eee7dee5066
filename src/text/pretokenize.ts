/**
 * @file Before byte-pair encoding: special tokens are cut out, text is normalised (NFC, runs of
 * white space to one space, lower case) and split into words, and bytes become printable
 * characters. As transformers' CLIP tokenizer does it.
 */

/**
 * Unicode's White_Space property, which JavaScript's \s is not (it counts U+FEFF and leaves out
 * U+0085).
 */
const SPACES = /\p{White_Space}+/gu

/**
 * CLIP's split: English contractions, runs of letters, single digits, runs of anything else. What
 * looks like a special token by now (its case was another) stands apart from what follows it, and
 * is split itself.
 */
const WORDS = /<\|(?:start|end)oftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu
const LOOKS_SPECIAL = /^(<\|)((?:start|end)oftext)(\|>)$/

export function normalize(text: string): string {
  return lower(text.normalize('NFC').replace(SPACES, ' '))
}

/**
 * Lower case character by character, without the final-sigma rule that a whole string's lower case
 * has.
 */
function lower(text: string): string {
  return text.replace(/\u03a3/g, '\u03c3').toLowerCase()
}

export function words(text: string): string[] {
  return (text.match(WORDS) ?? []).flatMap((word) => LOOKS_SPECIAL.exec(word)?.slice(1) ?? word)
}

/**
 * GPT-2's alphabet of bytes: printable Latin-1 characters stand for themselves, the others for
 * characters from U+0100 on.
 */
const ALPHABET: string[] = (() => {
  const printable = (b: number) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174
  let next = 256
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable(b) ? b : next++))
})()

const encoder = new TextEncoder()

/** The UTF-8 bytes of a word, as printable characters. */
export function byteCharacters(word: string): string[] {
  return Array.from(encoder.encode(word), (b) => ALPHABET[b])
}

/** The bytes that printable characters stand for. */
export function characterBytes(characters: string): Uint8Array {
  return Uint8Array.from(characters, (c) => ALPHABET.indexOf(c))
}
