/** @file What Deno does not permit is said in a sentence that names the flag. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { hubFiles } from '../src/checkpoint/hub/files.ts'
import { AdzusError } from '../src/errors.ts'
import { permissionError, permitted, unlessForbidden } from '../src/permission.ts'

test('a missing permission names the flag', () => {
  const refusal = refusalOf('read access to "/a/b"', '--allow-read')
  const message = 'deno: expected the permission, got none for read access to "/a/b". Run again with --allow-read, or with -A for all.'
  assert.equal(permissionError(refusal)?.message, message)
  assert.equal(permissionError(new Error(refusal.message)), undefined)
  assert.equal(permissionError('NotCapable'), undefined)
})

test('what was not permitted is told from what is not there', async () => {
  assert.equal(unlessForbidden(new Error('ENOENT')), undefined)
  assert.throws(
    () => unlessForbidden(refusalOf('sys access to "homedir"', '--allow-sys')),
    /none for sys access to "homedir". Run again with --allow-sys/,
  )
  const refused = refusalOf('net access to "example.org:443"', '--allow-net')
  const { now, later, other, value } = permitted({
    now: (): never => {
      throw refused
    },
    later: async () => Promise.reject(refused),
    other: async (a: number, b: number) => a + b,
    value: 3,
  })
  assert.throws(now, AdzusError)
  await assert.rejects(later(), /Run again with --allow-net/)
  assert.deepEqual([await other(1, 2), value], [3, 3])
})

test('the hub asks once where the network is not permitted', async () => {
  let asked = 0
  const fetch = () => {
    asked++
    return Promise.reject(refusalOf('net access to "huggingface.co:443"', '--allow-net'))
  }
  const options = { fetch: fetch as typeof globalThis.fetch, env: { HF_HUB_CACHE: '/nonexistent' } }
  await assert.rejects(hubFiles('owner/name', options), /deno: expected the permission, got none for net access.*--allow-net/)
  assert.equal(asked, 1)
})

test('Deno’s platform has what Node’s has', async () => {
  const names = async (platform: string) => Object.keys(await import(`../src/platform/${platform}.ts`)).sort()
  assert.deepEqual(await names('deno'), await names('node'))
})

function refusalOf(wish: string, flag: string): Error {
  const refusal = new Error(`Requires ${wish}, run again with the ${flag} flag`)
  refusal.name = 'NotCapable'
  return refusal
}
