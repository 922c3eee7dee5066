/** @file What Deno does not permit is said in a sentence that names the flag. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { permissionError } from '../src/cli/permission.ts'

test('a missing permission names the flag', () => {
  const refusal = new Error('Requires read access to "/a/b", run again with the --allow-read flag')
  refusal.name = 'NotCapable'
  const message = 'deno: expected the permission, got none for read access to "/a/b". Run again with --allow-read, or with -A for all.'
  assert.equal(permissionError(refusal)?.message, message)
  assert.equal(permissionError(new Error(refusal.message)), undefined)
  assert.equal(permissionError('NotCapable'), undefined)
})
