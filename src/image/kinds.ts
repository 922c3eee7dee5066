/**
 * @file What a file is that no format recognises, and the way out: by its first bytes, never by
 * its name.
 */

export interface Kind {
  /** What it is, with its article. */
  got: string
  hint?: string
}

const CONVERT = 'Convert it to PNG.'
const VOLUME = 'Export its slices as PNG, with 16 bits where it has more than 8.'
const PAIR = 'Join the pair (.hdr, .img) to one .nii file, for example by nibabel: nib.save(nib.load("a.hdr"), "a.nii").'
const TRANSFER = 'Transfer it again, as binary data.'

/**
 * Where a mark stands, the mark (Latin letters and bytes), and what it marks. The first that fits
 * counts.
 */
const MARKS: [at: number, mark: string, got: string, hint?: string][] = [
  [0, '\x89PNG\n\x1a\n', 'a PNG file damaged by a transfer as text', TRANSFER],
  [0, '\x89PNG\r\r\n', 'a PNG file damaged by a transfer as text', TRANSFER],
  [0, '\x89PNG\r\n', 'a PNG file with a damaged signature', TRANSFER],
  [0, '\xef\xbf\xbdPNG', 'a PNG file damaged by a transfer as text', TRANSFER],
  [0, '\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd', 'a binary file damaged by a transfer as text', TRANSFER],
  [0, '\x8aMNG', 'an MNG animation', CONVERT],
  [0, '\x8bJNG', 'a JNG file', CONVERT],
  [
    0,
    'version https://git-lfs.github.com/spec/',
    'a Git LFS pointer in place of the picture',
    'Get the picture itself with `git lfs pull`.',
  ],
  [0, 'GIF8', 'a GIF file', CONVERT],
  [0, 'BM', 'a BMP file', CONVERT],
  [0, 'RIFF', 'a RIFF file', CONVERT],
  [4, 'jP  \r\n\x87\n', 'a JPEG 2000 file', CONVERT],
  [0, '\xff\x4f\xff\x51', 'a JPEG 2000 stream', CONVERT],
  [4, 'JXL \r\n\x87\n', 'a JPEG XL file', CONVERT],
  [0, '\xff\n', 'a JPEG XL stream', CONVERT],
  [4, 'ftypavi', 'an AVIF file', CONVERT],
  [4, 'ftyphe', 'a HEIC file', 'Convert it to PNG or JPEG; phones can be set to take JPEG pictures.'],
  [4, 'ftypmif1', 'a HEIF file', CONVERT],
  [4, 'ftypmsf1', 'a HEIF file', CONVERT],
  [4, 'ftypcrx', 'a Canon raw file', CONVERT],
  [4, 'ftyp', 'a film (MP4 or QuickTime)', 'Take single frames of it as PNG.'],
  // Others of its kind are read.
  [128, 'DICM', 'a directory of DICOM files (DICOMDIR)', 'Give it the files themselves.'],
  [0, '%PDF', 'a PDF file', 'Take the pictures out of it (`pdfimages -png`).'],
  [0, '%!PS', 'a PostScript file', CONVERT],
  [0, '8BPS', 'a Photoshop file', CONVERT],
  [0, 'gimp xcf', 'a GIMP file', CONVERT],
  [0, '\x76\x2f\x31\x01', 'an OpenEXR file', CONVERT],
  [0, '#?RADIANCE', 'a Radiance HDR file', CONVERT],
  [0, '\0\0\x01\0', 'an icon (ICO)', CONVERT],
  [344, 'ni1\0', 'the header of a NIfTI pair', PAIR],
  [4, 'ni2\0', 'the header of a NIfTI-2 pair', PAIR],
  [0, 'NRRD', 'an NRRD file', VOLUME],
  [0, 'ObjectType', 'a MetaImage header', VOLUME],
  [0, 'ZISRAWFILE', 'a Zeiss CZI file', VOLUME],
  [0, '\xda\xce\xbe\n', 'a Nikon ND2 file', VOLUME],
  [0, '\x89HDF', 'an HDF5 file', VOLUME],
  [0, 'CDF', 'a netCDF file', VOLUME],
  [0, 'SIMPLE  =', 'a FITS file', VOLUME],
  [0, '\x93NUMPY', 'a NumPy array', 'Save it as PNG, with 16 bits where it has more than 8.'],
  [0, 'MATLAB 5.0', 'a MATLAB file', 'Save its pictures as PNG.'],
  [0, 'PK\x03\x04', 'a ZIP archive (or a document, or a NumPy .npz)', 'Take the pictures out of it.'],
  [0, '7z\xbc\xaf', 'a 7-Zip archive', 'Take the pictures out of it.'],
  [0, 'Rar!', 'a RAR archive', 'Take the pictures out of it.'],
  [257, 'ustar', 'a tar archive', 'Take the pictures out of it.'],
  [0, 'BZh', 'a bzip2 file', 'Unpack it.'],
  [0, '\xfd7zXZ', 'an xz file', 'Unpack it.'],
  [0, '\x28\xb5\x2f\xfd', 'a Zstandard file', 'Unpack it.'],
]

/** What a text begins with, in small letters and without space before it. */
const TEXTS: [RegExp, got: string, hint?: string][] = [
  [/^(<\?xml[\s\S]*?)?(<!--[\s\S]*?-->\s*)*(<!doctype svg[^>]*>\s*)?<svg/, 'an SVG drawing', CONVERT],
  [
    /^(<\?xml[\s\S]*?)?(<!doctype html|<html|<head|<body)/,
    'a web page (HTML) saved under the name of a picture',
    'Download the picture itself; the page may say why it was not sent (a login, a redirect).',
  ],
  [/^<\?xml/, 'an XML text, such as an error message of a server', 'Download the picture itself.'],
  [/^[{[]/, 'a JSON text, such as an error message of a server', 'Download the picture itself.'],
  [/^p[1-6]\s/, 'a PNM file', CONVERT],
  [/^pf\s/, 'a PFM file', CONVERT],
]

/** How much of a text is shown. */
const SHOWN = 40

/** Names what a file is by its first bytes (`HEAD_BYTES` of them or all). */
export function kindOf(bytes: Uint8Array): Kind {
  if (bytes.length === 0) return { got: 'an empty file', hint: 'Was it downloaded, or copied, to its end?' }
  const head = String.fromCharCode(...bytes)
  for (const [at, mark, got, hint] of MARKS) if (head.startsWith(mark, at) && !isTextWith(mark, head)) return { got, hint }
  if (bytes.every((byte) => byte === 0))
    return { got: 'a file that begins with nothing but zero bytes', hint: 'Was it downloaded, or copied, to its end?' }
  const text = readable(bytes)
  if (text === undefined) return { got: 'something else' }
  for (const [pattern, got, hint] of TEXTS) if (pattern.test(text.toLowerCase())) return { got, hint }
  return { got: text === '' ? 'an empty text' : `a text that begins with ${JSON.stringify(text.slice(0, SHOWN))}` }
}

/** Two or three letters mark a kind only where no text follows. */
function isTextWith(mark: string, head: string): boolean {
  return /^[A-Za-z]{2,3}$/.test(mark) && /^[\x20-\x7e\t\r\n]+$/.test(head)
}

/** The text that a file begins with, or nothing where it is none. */
function readable(bytes: Uint8Array): string | undefined {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe && 'utf-16le') || (bytes[0] === 0xfe && bytes[1] === 0xff && 'utf-16be')
  const text = new TextDecoder(utf16 || 'utf-8').decode(bytes).replace(/\ufffd+$/, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell texts from other files
  return /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]/.test(text) ? undefined : text.trim()
}
