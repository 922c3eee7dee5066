/** @file What callers may ask of any backend, and the ledger that counts every backend's memory. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { openBackend } from '../src/open-backend.ts'
import type { Backend } from '../src/tensor/backend.ts'
import { createCpuBackend } from '../src/tensor/cpu/plain.ts'
import { DryBackend } from '../src/tensor/dry.ts'
import { linear, Tensor } from '../src/tensor/index.ts'
import { MemoryLedger } from '../src/tensor/memory-ledger.ts'

test('no class of a backend is asked for outside the tensor room', async () => {
  const files = (await readdir('src', { recursive: true })).filter((f) => f.endsWith('.ts') && !f.startsWith('tensor'))
  const asking: string[] = []
  for (const file of files) if (/instanceof \w*Backend\b/.test(await readFile(join('src', file), 'utf8'))) asking.push(file)
  assert.ok(files.length > 80)
  assert.deepEqual(asking, [])
})

test('a CPU backend has nothing to tune, to compile ahead or to leave out; WebAssembly has limited addresses', async () => {
  const [plain, wasm] = [createCpuBackend(), await openBackend('cpu', { threads: 1 })]
  for (const { tuning, precompile, dryRun, traits } of [plain, wasm] as Backend[])
    assert.deepEqual([tuning, precompile, dryRun, traits], [undefined, undefined, undefined, undefined])
  assert.equal(plain.addressLimit, undefined)
  const { bytes, weights } = (wasm as Backend).addressLimit!
  assert.ok(0 < weights && weights < bytes && bytes <= 2 ** 32, `${weights} of ${bytes}`)
  await wasm.dispose()
})

test('a dry run is told of weights, and names the layer of an op by them', () => {
  const dry = new DryBackend({ kind: 'cpu', maxTensorBytes: 2 ** 20 })
  const [x, weight] = [Tensor.empty(dry, [1, 4]), Tensor.empty(dry, [3, 4], 'f32', 'unet.mid_block.proj.weight')]
  dry.dryRun.addWeight(weight.storage)
  linear(x, weight)
  linear(x, x)
  assert.deepEqual(
    dry.steps.map(({ layer }) => layer),
    ['unet.mid_block.proj', ''],
  )
})

test('the ledger counts what is in use and its peak', () => {
  const ledger = new MemoryLedger()
  const [a, b] = [ledger.add('a', 100, 'first'), ledger.add('b', 30, 'second')]
  assert.deepEqual(a, { handle: 'a', bytes: 100, label: 'first', shares: 0 })
  ledger.remove(a)
  assert.deepEqual(ledger.memory(512), { live: 30, peak: 130, held: 512 })
  ledger.resetPeak()
  assert.deepEqual([ledger.live, ledger.memory(0).peak, [...ledger.storages]], [30, 30, [b]])
})
