/**
 * @file Undoing PNG's filters (PNG specification, third edition, chapter 9): each byte of a row was
 * replaced by its difference to a guess from the pixels to the left, above, and above to the left.
 */

/** A row of a picture that is being read. */
export interface FilteredRow {
  /** The inflated bytes, and where the row's begin, behind the number of its filter. */
  lines: Uint8Array
  from: number
  /** Where the row goes, perhaps to the same place; and where the row above is, −1 for none. */
  out: Uint8Array
  to: number
  above: number
  /** Bytes of the row. */
  length: number
  /** Bytes from a byte to the one of the pixel before: 1, 2, 3, 4, 6 or 8. */
  bpp: number
}

const [NONE, LEFT, ABOVE, MEAN, PAETH] = [0, 1, 2, 3, 4]

/**
 * Writes the row's own bytes.
 * @returns whether there is a filter of that number
 * @example
 * if (!unfilterRow(lines[at], { lines, from: at + 1, out, to, above, length, bpp })) throw broken
 */
export function unfilterRow(filter: number, row: FilteredRow): boolean {
  // Above the first row everything counts as 0, so that three of the guesses become others.
  const plain = row.above < 0 && (filter === ABOVE || filter === PAETH)
  const kind = plain ? (filter === ABOVE ? NONE : LEFT) : filter
  if (kind === NONE) row.out.set(row.lines.subarray(row.from, row.from + row.length), row.to)
  else if (kind === LEFT) addLeft(row)
  else if (kind === ABOVE) addAbove(row)
  else if (kind === MEAN) addMean(row)
  else if (kind === PAETH) addPaeth(row)
  else return false
  return true
}

function addLeft({ lines, from, out, to, length, bpp }: FilteredRow): void {
  for (let i = 0; i < bpp; i++) out[to + i] = lines[from + i]
  for (let i = bpp; i < length; i++) out[to + i] = lines[from + i] + out[to + i - bpp]
}

function addAbove({ lines, from, out, to, above, length }: FilteredRow): void {
  for (let i = 0; i < length; i++) out[to + i] = lines[from + i] + out[above + i]
}

function addMean({ lines, from, out, to, above, length, bpp }: FilteredRow): void {
  if (above < 0) {
    for (let i = 0; i < bpp; i++) out[to + i] = lines[from + i]
    for (let i = bpp; i < length; i++) out[to + i] = lines[from + i] + (out[to + i - bpp] >> 1)
    return
  }
  for (let i = 0; i < bpp; i++) out[to + i] = lines[from + i] + (out[above + i] >> 1)
  for (let i = bpp; i < length; i++) out[to + i] = lines[from + i] + ((out[to + i - bpp] + out[above + i]) >> 1)
}

function addPaeth(row: FilteredRow): void {
  const { lines, from, out, to, above, length, bpp } = row
  for (let i = 0; i < bpp; i++) out[to + i] = lines[from + i] + out[above + i]
  if (bpp === 3) addPaethOfThree(row)
  else for (let i = bpp; i < length; i++) out[to + i] = lines[from + i] + paeth(out[to + i - bpp], out[above + i], out[above + i - bpp])
}

/** Most pictures have three bytes a pixel: what was read or written just before is at hand. */
function addPaethOfThree({ lines, from, out, to, above, length }: FilteredRow): void {
  let [left0, left1, left2] = [out[to], out[to + 1], out[to + 2]]
  let [both0, both1, both2] = [out[above], out[above + 1], out[above + 2]]
  for (let i = 3; i < length; i += 3) {
    const above0 = out[above + i]
    const above1 = out[above + i + 1]
    const above2 = out[above + i + 2]
    left0 = (lines[from + i] + paeth(left0, above0, both0)) & 255
    left1 = (lines[from + i + 1] + paeth(left1, above1, both1)) & 255
    left2 = (lines[from + i + 2] + paeth(left2, above2, both2)) & 255
    out[to + i] = left0
    out[to + i + 1] = left1
    out[to + i + 2] = left2
    both0 = above0
    both1 = above1
    both2 = above2
  }
}

/**
 * Whichever of the pixels to the left, above, and above to the left is nearest to left + above −
 * both; of equally near ones the first. In real pictures nobody can foretell which, so it is chosen
 * by masks (all bits of a negative number's sign) and not by branches.
 */
function paeth(left: number, above: number, both: number): number {
  const down = above - both
  const across = left - both
  const sum = down + across
  let least = (down ^ (down >> 31)) - (down >> 31)
  const toAbove = (across ^ (across >> 31)) - (across >> 31)
  const toBoth = (sum ^ (sum >> 31)) - (sum >> 31)
  const aboveIsNearer = (toAbove - least) >> 31
  least ^= (least ^ toAbove) & aboveIsNearer
  const bothIsNearer = (toBoth - least) >> 31
  const nearest = left ^ ((left ^ above) & aboveIsNearer)
  return nearest ^ ((nearest ^ both) & bothIsNearer)
}
