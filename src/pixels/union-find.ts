/**
 * @file Which of many numbers belong together (union and find, Tarjan 1975): numbers are made one
 * after another, joined in any order, and renumbered at the end.
 */

/** Numbers from 1 on; 0 stands for nothing. */
export class UnionFind {
  #parents = new Uint32Array(1024)
  #count = 0

  /** How many numbers there are. */
  get count(): number {
    return this.#count
  }

  /** A new number, in a set of its own. */
  add(): number {
    const number = ++this.#count
    if (number >= this.#parents.length) {
      const longer = new Uint32Array(2 * this.#parents.length)
      longer.set(this.#parents)
      this.#parents = longer
    }
    this.#parents[number] = number
    return number
  }

  /** The least number of a set. */
  root(number: number): number {
    const parents = this.#parents
    while (parents[number] !== number) {
      // Halves the way for those who come after.
      parents[number] = parents[parents[number]]
      number = parents[number]
    }
    return number
  }

  join(a: number, b: number): void {
    const [first, second] = [this.root(a), this.root(b)]
    this.#parents[Math.max(first, second)] = Math.min(first, second)
  }

  /** For every number that of its set, 1 … count in the order of the sets' least ones. */
  numbers(): { numbers: Uint32Array; count: number } {
    const numbers = new Uint32Array(this.#count + 1)
    let count = 0
    for (let i = 1; i <= this.#count; i++) numbers[i] = this.root(i) === i ? ++count : numbers[this.root(i)]
    return { numbers, count }
  }
}
