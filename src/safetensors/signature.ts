/**
 * @file Recognises by its first bytes a file that should have been another: a Git LFS pointer, a
 * web page, a pickle, another format of weights. Named for what it is, with the way out.
 */

export interface Signature {
  /** The kind of file. */
  kind: string
  hint: string
}

/** Bytes that `signature` looks at. */
export const SIGNATURE_BYTES = 512

const PICKLED = 'Pickles can run code and are not read: get the model’s .safetensors file, or save it as one.'
const FETCH_AGAIN = 'Fetch the file itself again.'
const OTHER_FORMAT = 'Get the model’s .safetensors file, or convert it.'

const SIGNATURES: readonly (Signature & { begins: RegExp | readonly string[] })[] = [
  {
    begins: /^version https:\/\/git-lfs/,
    kind: 'a Git LFS pointer, which only names the file',
    hint: 'Run “git lfs pull” in its repository, or download the file itself.',
  },
  {
    begins: /^\s*<(!doctype|html|head|body|\?xml|!--)/i,
    kind: 'a web page',
    hint: `${FETCH_AGAIN} The download may want a login or another address.`,
  },
  { begins: /^\s*\{\s*"(error|message|detail|code|status)"\s*:/, kind: 'a server’s error message', hint: FETCH_AGAIN },
  {
    begins: ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'],
    kind: 'a ZIP archive, as pickled checkpoints (.ckpt, .pt, .bin) are',
    hint: PICKLED,
  },
  { begins: ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'], kind: 'a pickled checkpoint', hint: PICKLED },
  { begins: ['GGUF', 'lmgg', 'fmgg', 'tjgg'], kind: 'a GGUF file (quantised weights)', hint: OTHER_FORMAT },
  { begins: ['\x89HDF\r\n\x1a\n'], kind: 'an HDF5 file', hint: OTHER_FORMAT },
  { begins: ['\x1f\x8b'], kind: 'a gzip archive', hint: 'Unpack it first.' },
  { begins: ['7z\xbc\xaf', 'Rar!'], kind: 'an archive', hint: 'Unpack it first.' },
  { begins: ['\x89PNG', '\xff\xd8\xff', 'GIF8'], kind: 'a picture', hint: OTHER_FORMAT },
  { begins: ['\0'.repeat(64)], kind: 'zeros', hint: 'The download was begun and not finished: fetch it again.' },
]

/** The kind of a file by its first bytes; undefined for an unknown one. */
export function signature(bytes: Uint8Array): Signature | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, SIGNATURE_BYTES))
  return SIGNATURES.find(({ begins }) => (begins instanceof RegExp ? begins.test(text) : begins.some((b) => text.startsWith(b))))
}
