/** @file Calls of `node:fs/promises` that go as a test wants them to. */
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import type { TestContext } from 'vitest'

type Calls = Pick<typeof promises, 'open' | 'readdir' | 'rename'>

/**
 * Replaces a function of `node:fs/promises`, for whoever imported it, until the test ends.
 * `replace` gets the function itself.
 */
export function replaceCall<K extends keyof Calls>(
  t: Pick<TestContext, 'onTestFinished'>,
  name: K,
  replace: (original: Calls[K]) => (...args: never[]) => Promise<unknown>,
): void {
  const original = promises[name]
  Object.assign(promises, { [name]: replace(original) })
  syncBuiltinESMExports()
  t.onTestFinished(() => {
    Object.assign(promises, { [name]: original })
    syncBuiltinESMExports()
  })
}
