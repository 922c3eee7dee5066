/** @file How convex a part is. */

/** The corner of the hull at a height. */
type Corner = [x: number, y: number]

/**
 * The share of its convex hull that a part fills, 0 to 1; pixels are squares.
 * @param mask one part, not empty: not 0 inside
 */
export function solidity(mask: Uint8Array, width: number): number {
  let area = 0
  const left: Corner[] = []
  const right: Corner[] = []
  for (let y = 0; y * width < mask.length; y++) {
    let [first, last] = [-1, -1]
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x] === 0) continue
      area++
      last = x
      if (first < 0) first = x
    }
    if (first < 0) continue
    // Mirrored, the right side is a left one, too.
    for (const edge of [y, y + 1]) {
      push(left, [first, edge])
      push(right, [-1 - last, edge])
    }
  }
  return area / -(areaBeside(left) + areaBeside(right))
}

/** Keeps the chain of a hull's left side (Andrew 1979), from the top downwards. */
function push(chain: Corner[], [x, y]: Corner): void {
  while (chain.length > 0) {
    const [bx, by] = chain[chain.length - 1]
    if (by === y) {
      // Of two corners at a height, the one further out stays.
      if (bx <= x) return
      chain.pop()
      continue
    }
    if (chain.length < 2) break
    const [ax, ay] = chain[chain.length - 2]
    if ((bx - ax) * (y - ay) < (x - ax) * (by - ay)) break
    chain.pop()
  }
  chain.push([x, y])
}

/** ∫ x dy along a chain. */
function areaBeside(chain: readonly Corner[]): number {
  let sum = 0
  for (let i = 1; i < chain.length; i++) sum += ((chain[i][0] + chain[i - 1][0]) / 2) * (chain[i][1] - chain[i - 1][1])
  return sum
}
