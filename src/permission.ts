/** @file What Deno does not permit, as a sentence that names the flag to run again with. */
import { AdzusError } from './errors.ts'

/** The error for a refusal of Deno's; undefined for anything else. */
export function permissionError(error: unknown): AdzusError | undefined {
  if (!(error instanceof Error) || !['NotCapable', 'PermissionDenied'].includes(error.name)) return undefined
  const [, wish, flag] = /^Requires (.*), run again with the (--allow-[\w-]+) flag/.exec(error.message) ?? []
  if (flag === undefined) return undefined
  const hint = `Run again with ${flag}, or with -A for all.`
  return new AdzusError({ what: 'deno', expected: 'the permission', got: `none for ${wish}`, hint }, { cause: error })
}

/** Lets a failure count as nothing there. @throws AdzusError where Deno did not permit to look */
export function unlessForbidden(error: unknown): undefined {
  const refusal = permissionError(error)
  if (refusal) throw refusal
}

/** Functions that say what Deno does not permit, and else do what they did. */
export function permitted<T extends object>(functions: T): T {
  const entries = Object.entries(functions).map(([name, value]) => [name, typeof value === 'function' ? named(value) : value])
  return Object.fromEntries(entries) as T
}

function named(run: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  return (...args) => {
    try {
      const result = run(...args)
      return result instanceof Promise ? result.catch(rethrown) : result
    } catch (error) {
      return rethrown(error)
    }
  }
}

function rethrown(error: unknown): never {
  throw permissionError(error) ?? error
}
