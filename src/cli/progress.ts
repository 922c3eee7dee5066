/**
 * @file One line of progress on stderr, rewritten in place. Silent when stderr is not a terminal,
 * or with --quiet.
 */
import process from 'node:process'

export class Progress {
  readonly #active: boolean

  constructor(quiet: boolean) {
    this.#active = !quiet && process.stderr.isTTY === true
  }

  show(text: string): void {
    if (!this.#active) return
    // A terminal that knows no width says 0.
    const width = process.stderr.columns || 80
    process.stderr.write(`\r\x1b[K${text.slice(0, width - 1)}`)
  }

  clear(): void {
    if (this.#active) process.stderr.write('\r\x1b[K')
  }
}
