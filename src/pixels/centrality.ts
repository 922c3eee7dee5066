/** @file How central a place of a picture is, before anything of the picture is known. */

/**
 * √(sin πx · sin πy): 1 in the middle, falling to 0 at the border.
 * @param x from 0 to 1 across the picture
 * @param y from 0 to 1 down the picture
 */
export function centrality(x: number, y: number): number {
  return Math.sqrt(Math.sin(Math.PI * x) * Math.sin(Math.PI * y))
}
