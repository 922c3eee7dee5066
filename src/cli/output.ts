/** @file Lines on standard output. */
import { printable } from '../messages.ts'

/** A value as one line of JSON that does nothing to a terminal. */
export function jsonLine(value: unknown): string {
  // Its escapes are JSON's own.
  return printable(JSON.stringify(value))
}
