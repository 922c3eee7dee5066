/** @file Which failures leave a worker of no more use: the page then starts another. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { Session } from '../../explorer/worker/session.ts'

test('a lost device and a full memory end the worker, what is wrong with a picture does not', () => {
  const session = new Session()
  for (const message of [
    'webgpu: expected a working device, got device lost (unknown): it was unplugged',
    'cpu (unet): expected memory for 4 GiB, got out of memory with 3 GiB in use',
    'Array buffer allocation failed',
    'WebAssembly.Memory(): could not allocate memory',
  ])
    assert.ok(session.isLost(new Error(message)), message)
  for (const message of ['image (a.png): expected a PNG file, got a JSON text', 'picture 3 is not in sight any more'])
    assert.ok(!session.isLost(new Error(message)), message)
})
