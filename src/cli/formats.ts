/**
 * @file The formats of pictures, as far as names and first bytes tell: the only place of the
 * command line that knows them.
 */

/** PNG and JPEG under all names that they go by. */
const EXTENSIONS = ['png', 'apng', 'jpg', 'jpeg', 'jpe', 'jfif', 'jfi', 'jif', 'pjpeg', 'pjp']
/** Pictures of other formats. */
const OTHERS =
  /\.(tiff?|dcm|dicom|ima|webp|bmp|dib|gif|nii|nii\.gz|nrrd|mhd|mha|mgz|hei[cf]|avif|svs|ndpi|mrxs|scn|vms|bif|czi|li[fm]|lsm|nd2|vsi|oi[bf]|ims|stk|jp2|j2k|jpx|jxl|exr|hdr|psd|raw|cr2|nef|arw|dng|ico|svg|pdf|tga|p[bgnp]m)$/i
const SIGNATURES = [
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  [0xff, 0xd8, 0xff],
]

/** What to do with pictures of other formats. */
export const ADVICE = 'Convert them to PNG.'

/** The formats that are read, joined by a word: `PNG or JPEG`. */
export function formatNames(word: 'or' | 'and' = 'or'): string {
  return `PNG ${word} JPEG`
}

/** Whether a file is called like a picture that is read. */
export function isCalledLikeImage(path: string): boolean {
  const name = path.toLowerCase()
  return EXTENSIONS.some((extension) => name.endsWith(`.${extension}`))
}

/** The extension of a picture of another format, in small letters with its dot. */
export function otherFormat(path: string): string | undefined {
  return OTHERS.exec(path)?.[0].toLowerCase()
}

/** Whether a file's first bytes are those of a format that is read. */
export function beginsAsPicture(bytes: Uint8Array): boolean {
  return SIGNATURES.some((signature) => signature.every((byte, i) => bytes[i] === byte))
}
