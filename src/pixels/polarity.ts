/** @file Which of two sides is the object: the one that holds less of the picture's border. */

/**
 * A mask, or its inverse where half of the border's pixels or more are inside. Corners count twice,
 * as rows and columns are counted alike.
 * @returns 255 inside, 0 outside
 */
export function awayFromBorder(inside: ArrayLike<number>, width: number, height: number): Uint8Array {
  let count = 0
  const see = (i: number) => {
    if (inside[i] !== 0) count++
  }
  for (let x = 0; x < width; x++) {
    see(x)
    see((height - 1) * width + x)
  }
  for (let y = 0; y < height; y++) {
    see(y * width)
    see(y * width + width - 1)
  }
  const turn = count >= width + height
  const mask = new Uint8Array(width * height)
  for (let i = 0; i < mask.length; i++) mask[i] = (inside[i] !== 0) === turn ? 0 : 255
  return mask
}
