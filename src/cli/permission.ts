/** @file What Deno does not permit, as a sentence that names the flag to run again with. */
import { AdzusError } from '../errors.ts'

/** The error for a refusal of Deno's; undefined for anything else. */
export function permissionError(error: unknown): AdzusError | undefined {
  if (!(error instanceof Error) || !['NotCapable', 'PermissionDenied'].includes(error.name)) return undefined
  const [, wish, flag] = /^Requires (.*), run again with the (--allow-[\w-]+) flag/.exec(error.message) ?? []
  if (flag === undefined) return undefined
  const hint = `Run again with ${flag}, or with -A for all.`
  return new AdzusError({ what: 'deno', expected: 'the permission', got: `none for ${wish}`, hint }, { cause: error })
}
