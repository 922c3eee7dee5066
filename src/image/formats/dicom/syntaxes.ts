/**
 * @file Transfer syntaxes: how a data set and its pixels are written (PS3.5, annex A; PS3.6, A).
 */

/** What decodes a frame. */
export type Coding = 'native' | 'rle' | 'jpeg' | 'lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k'

export interface Syntax {
  name: string
  little: boolean
  explicit: boolean
  deflated?: boolean
  /** Nothing where the frames cannot be decoded. */
  coding?: Coding
}

const encapsulated = (name: string, coding?: Coding): Syntax => ({ name, little: true, explicit: true, coding })
const JPEG = '1.2.840.10008.1.2.4.'

/** By their identifiers. */
const SYNTAXES: Readonly<Record<string, Syntax>> = {
  '1.2.840.10008.1.2': { name: 'implicit VR little endian', little: true, explicit: false, coding: 'native' },
  '1.2.840.10008.1.2.1': { name: 'explicit VR little endian', little: true, explicit: true, coding: 'native' },
  '1.2.840.10008.1.2.1.99': { name: 'deflated', little: true, explicit: true, deflated: true, coding: 'native' },
  '1.2.840.10008.1.2.2': { name: 'explicit VR big endian', little: false, explicit: true, coding: 'native' },
  '1.2.840.10008.1.2.5': encapsulated('RLE', 'rle'),
  [`${JPEG}50`]: encapsulated('JPEG baseline', 'jpeg'),
  [`${JPEG}51`]: encapsulated('JPEG extended', 'jpeg'),
  [`${JPEG}57`]: encapsulated('JPEG lossless', 'lossless'),
  [`${JPEG}70`]: encapsulated('JPEG lossless, first-order prediction', 'lossless'),
  [`${JPEG}80`]: encapsulated('JPEG-LS lossless', 'jpeg-ls'),
  [`${JPEG}81`]: encapsulated('JPEG-LS near-lossless', 'jpeg-ls'),
  [`${JPEG}90`]: encapsulated('JPEG 2000 lossless', 'jpeg-2000'),
  [`${JPEG}91`]: encapsulated('JPEG 2000', 'jpeg-2000'),
  [`${JPEG}92`]: encapsulated('JPEG 2000 part 2, lossless'),
  [`${JPEG}93`]: encapsulated('JPEG 2000 part 2'),
  [`${JPEG}94`]: encapsulated('JPIP (pixels on a server)'),
  [`${JPEG}95`]: { ...encapsulated('JPIP, deflated'), deflated: true },
  [`${JPEG}100`]: encapsulated('MPEG-2'),
  [`${JPEG}101`]: encapsulated('MPEG-2'),
  [`${JPEG}102`]: encapsulated('MPEG-4'),
  [`${JPEG}103`]: encapsulated('MPEG-4'),
  [`${JPEG}104`]: encapsulated('MPEG-4'),
  [`${JPEG}105`]: encapsulated('MPEG-4'),
  [`${JPEG}106`]: encapsulated('MPEG-4'),
  [`${JPEG}107`]: encapsulated('HEVC'),
  [`${JPEG}108`]: encapsulated('HEVC'),
  [`${JPEG}110`]: encapsulated('JPEG XL lossless'),
  [`${JPEG}111`]: encapsulated('JPEG XL'),
  [`${JPEG}112`]: encapsulated('JPEG XL'),
  [`${JPEG}201`]: encapsulated('HTJ2K lossless', 'htj2k'),
  [`${JPEG}202`]: encapsulated('HTJ2K lossless (RPCL)', 'htj2k'),
  [`${JPEG}203`]: encapsulated('HTJ2K', 'htj2k'),
}

/** A syntax by its identifier; one that nobody knows is taken for one that cannot be decoded. */
export function syntaxOf(uid: string): Syntax {
  if (Object.hasOwn(SYNTAXES, uid)) return SYNTAXES[uid]
  return encapsulated(/^[0-9.]{1,64}$/.test(uid) ? `an unknown one (${uid})` : 'an unknown one')
}

/** A syntax whose pixels are plain, by how its elements are written. */
export const plainSyntax = (little: boolean, explicit: boolean): Syntax =>
  syntaxOf(explicit ? `1.2.840.10008.1.2.${little ? 1 : 2}` : '1.2.840.10008.1.2')
