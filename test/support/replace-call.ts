/** @file Calls of `node:fs/promises` that fail as a test wants them to. */
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import type { TestContext } from 'vitest'

/** Replaces a function of `node:fs/promises`, for whoever imported it, until the test ends. */
export function replaceCall(
  t: Pick<TestContext, 'onTestFinished'>,
  name: 'open' | 'readdir' | 'rename',
  by: (...args: never[]) => unknown,
): void {
  const original = promises[name]
  Object.assign(promises, { [name]: by })
  syncBuiltinESMExports()
  t.onTestFinished(() => {
    Object.assign(promises, { [name]: original })
    syncBuiltinESMExports()
  })
}
