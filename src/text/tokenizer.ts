/**
 * @file CLIP's tokenizer, from `vocab.json` and `merges.txt`: text to token ids, padded to the
 * encoder's length.
 */
import { Config } from '../checkpoint/config.ts'
import { exists, type Files } from '../checkpoint/files.ts'
import { check } from '../errors.ts'
import { quoted } from '../messages.ts'
import { Bpe, END_OF_WORD } from './bpe.ts'
import { byteCharacters, characterBytes, normalize, words } from './pretokenize.ts'

export interface TokenizerOptions {
  bos: string
  eos: string
  pad: string
  /** Stands for a piece that the vocabulary lacks. */
  unk: string
  maxLength: number
}

const DEFAULTS: TokenizerOptions = {
  bos: '<|startoftext|>',
  eos: '<|endoftext|>',
  pad: '<|endoftext|>',
  unk: '<|endoftext|>',
  maxLength: 77,
}

/** No text encoder has more positions. */
const NO_LIMIT = 100_000
/** Ids are kept as 32-bit numbers. */
const MAX_ID = 2 ** 31 - 1
/** Characters of a special token. */
const MAX_TOKEN = 256
/**
 * Characters of a text. Encoders read 77 tokens of it; merging a word's pieces takes the square of
 * its length.
 */
const MAX_TEXT = 10_000

/** Which tokens of an encoded text belong to which of its words. */
interface Word {
  /** Their readable texts. */
  texts: string[]
  ids: number[]
}

export class Tokenizer {
  readonly maxLength: number
  readonly #vocabulary: Map<string, number>
  readonly #bpe: Bpe
  readonly #bos: number
  readonly #eos: number
  readonly #pad: number
  readonly #unk: number
  readonly #special: Map<string, number>

  constructor(vocabulary: Map<string, number>, merges: readonly string[], options: TokenizerOptions, where: string) {
    check(Number.isInteger(options.maxLength) && options.maxLength >= 2, () => ({
      what: 'tokenizer',
      where,
      expected: 'a model_max_length of 2 or more: the start and end tokens',
      got: `${options.maxLength}`,
    }))
    this.maxLength = options.maxLength
    this.#vocabulary = vocabulary
    this.#bpe = new Bpe(merges)
    const id = (token: string) => {
      const found = vocabulary.get(token)
      check(found !== undefined, () => ({
        what: 'tokenizer',
        where,
        expected: `the token ${quoted(token)} in the vocabulary`,
        got: `${vocabulary.size} others`,
      }))
      return found
    }
    this.#bos = id(options.bos)
    this.#eos = id(options.eos)
    this.#pad = id(options.pad)
    this.#unk = id(options.unk)
    // A pad token such as "!" is special in running text, too: OpenCLIP would read it as a mark,
    // transformers and so diffusers read it as padding.
    this.#special = new Map([options.bos, options.eos, options.pad, options.unk].map((t) => [t, id(t)]))
  }

  /**
   * Opens a folder with `vocab.json` and `merges.txt`, and what configures them, if it is there.
   */
  static async open(files: Files, folder: string): Promise<Tokenizer> {
    const at = folder ? `${folder}/` : ''
    const where = `${files.root}/${folder}`
    const vocabulary = readVocabulary(await Config.read(files, `${at}vocab.json`))
    const merges = readMerges(await files.text(`${at}merges.txt`), `merges.txt in ${where}`)
    const options = { ...DEFAULTS }
    for (const name of ['special_tokens_map.json', 'tokenizer_config.json']) {
      if (!(await exists(files, at + name))) continue
      const config = await Config.read(files, at + name)
      for (const key of ['bos', 'eos', 'pad', 'unk'] as const) {
        options[key] = readToken(config, `${key}_token`) ?? options[key]
      }
      // Some configurations hold an absurdly large number for "no limit".
      const length = config.number('model_max_length', options.maxLength)
      if (length < NO_LIMIT) options.maxLength = length
    }
    return new Tokenizer(vocabulary, merges, options, where)
  }

  /** All tokens between start and end token; not truncated. */
  encode(text: string): number[] {
    return [this.#bos, ...this.#words(text).flatMap((w) => w.ids), this.#eos]
  }

  /** Exactly `maxLength` ids: cut to fit (the end token stays), then padded. */
  encodePadded(text: string): Int32Array<ArrayBuffer> {
    const ids = this.encode(text)
    if (ids.length > this.maxLength) ids.splice(this.maxLength - 1, ids.length, this.#eos)
    const out = new Int32Array(this.maxLength).fill(this.#pad)
    out.set(ids)
    return out
  }

  /**
   * Where the words of a text are in its padded encoding; the start and end tokens are no words.
   */
  positions(text: string): number[] {
    return this.texts(text).map((_, i) => i + 1)
  }

  /**
   * What the tokens at those positions stand for, as readable text. A character that takes several
   * tokens is the last one's.
   */
  texts(text: string): string[] {
    return this.#words(text)
      .flatMap((word) => word.texts)
      .slice(0, this.maxLength - 2)
  }

  #words(text: string): Word[] {
    check(text.length <= MAX_TEXT, () => ({
      what: 'tokenizer',
      expected: `a text of at most ${MAX_TEXT} characters`,
      got: `one of ${text.length}`,
    }))
    return this.#splitSpecial(text).flatMap(({ piece, special }) =>
      special === undefined
        ? words(normalize(piece)).map((word) => {
            const pieces = this.#bpe.pieces(byteCharacters(word))
            return { texts: readable(pieces), ids: pieces.map((p) => this.#vocabulary.get(p) ?? this.#unk) }
          })
        : [{ texts: [piece], ids: [special] }],
    )
  }

  /** Special tokens written out in a text keep their meaning. */
  #splitSpecial(text: string): { piece: string; special?: number }[] {
    const pattern = [...this.#special.keys()].map((t) => t.replace(/[|\\{}()[\]^$+*?.]/g, '\\$&')).join('|')
    return text
      .split(new RegExp(`(${pattern})`))
      .filter((piece) => piece !== '')
      .map((piece) => ({ piece, special: this.#special.get(piece) }))
  }
}

/** The pieces of one word as text. */
function readable(pieces: readonly string[]): string[] {
  const decoder = new TextDecoder()
  return pieces.map((piece, i) => {
    const last = i === pieces.length - 1
    return decoder.decode(characterBytes(last ? piece.slice(0, -END_OF_WORD.length) : piece), { stream: !last })
  })
}

function readVocabulary(config: Config): Map<string, number> {
  const vocabulary = new Map<string, number>()
  for (const [token, id] of config.entries()) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > MAX_ID) throw config.wrong(quoted(token), 'a token id', quoted(id))
    vocabulary.set(token, id as number)
  }
  return vocabulary
}

/**
 * The pairs of `merges.txt`, one a line, however its lines end; a first line that begins with
 * `#version` is none.
 */
function readMerges(text: string, where: string): string[] {
  const merges: string[] = []
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line === '' || (i === 0 && line.startsWith('#version'))) continue
    check(/^[^ ]+ [^ ]+$/.test(line), () => ({ what: 'tokenizer', where, expected: 'two pieces a line', got: `line ${i + 1}: ${line}` }))
    merges.push(line)
  }
  return merges
}

/** A token by name, or by an object with its name; undefined where there is none. */
function readToken(config: Config, field: string): string | undefined {
  const value = config.get(field)
  if (value === undefined) return undefined
  const token = typeof value === 'object' && value !== null && 'content' in value ? value.content : value
  if (typeof token !== 'string' || token.length < 1 || token.length > MAX_TOKEN)
    throw config.wrong(field, `a token of 1 to ${MAX_TOKEN} characters`, quoted(token))
  return token
}
