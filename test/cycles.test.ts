/** @file Loading and disposing leaves nothing behind: no threads, and no memory that grows. `ADZUS_TEST_CYCLES` repeats it more often than the default. */
import assert from 'node:assert/strict'
import process from 'node:process'
import { Adzus, openBackend } from '../src/index.ts'
import { Tensor } from '../src/tensor/index.ts'
import { backends, test } from './support/backends.ts'
import { cycles, type Held } from './support/cycles.ts'
import { disc } from './support/pictures.ts'

const COUNT = Number(process.env['ADZUS_TEST_CYCLES'] ?? 5)
// It asks Linux and collects garbage as Node does.
const skip = process.platform !== 'linux' || 'Deno' in globalThis
const image = { width: 60, height: 40, data: disc(60, 40) }

for (const { name, open, test } of await backends()) {
  test(`cycles of load, segment, dispose hold no more threads or memory on ${name}`, { skip }, async () => {
    const all: Held[] = []
    for await (const held of cycles(name, COUNT)) all.push(held)
    const report = all.map(({ threads, resident }) => `${threads} threads, ${resident} MiB`).join('\n')
    // The first few fill caches. A device is let go of by the garbage collector, maybe a cycle later.
    const [settled, last] = [all[1], all.at(-1)!]
    assert.ok(last.threads <= settled.threads + 2, report)
    assert.ok(last.resident <= settled.resident + 200, report)
  })

  test(`a backend that was disposed says so on ${name}`, async () => {
    const backend = await open()
    const adzus = await Adzus.load(undefined, { backend })
    const x = Tensor.from(backend, Float32Array.of(1), [1])
    await backend.dispose()
    await backend.dispose()
    const gone = { name: 'AdzusError', message: `${name}: expected a backend in use, got one that was disposed.` }
    await assert.rejects(adzus.segment(image, { size: 64 }), gone)
    await assert.rejects(x.floats(), gone)
    await adzus.dispose()
    x.dispose()
  })
}

test('whoever still holds a disposed backend holds none of its memory', { skip }, async () => {
  const kept = []
  for await (const { resident } of cycles('cpu', 3)) {
    const backend = await openBackend('cpu')
    // 64 MiB, which count as resident since they are written.
    Tensor.from(backend, new Float32Array(2 ** 24).fill(1), [2 ** 24])
    await backend.flush()
    await backend.dispose()
    kept.push({ backend, resident })
  }
  assert.ok(kept[2].resident - kept[0].resident < 100, kept.map((k) => `${k.resident} MiB`).join())
})
