/**
 * @file The models and the segmentation against the reference results in `test/goldens`, on every backend. All cases of a backend share one device, so that no
 * pipeline is compiled twice. `npm run goldens -- test/goldens` prints every quantity.
 */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import type { Backend } from '../src/tensor/backend.ts'
import { backends } from './support/backends.ts'
import { type Line, runGoldens } from './support/goldens.ts'

const FOLDER = 'test/goldens'
const cases = (await readdir(FOLDER, { withFileTypes: true })).filter((e) => e.isDirectory()).map((e) => e.name)

for (const { name: kind, open, test, beforeAll, afterAll } of await backends()) {
  let backend: Backend
  beforeAll(async () => {
    backend = await open()
  })
  afterAll(() => backend.dispose())
  for (const name of cases.sort())
    test(`${name} on ${kind}`, async () => {
      const { live } = backend.memory
      const lines: Line[] = []
      await runGoldens(FOLDER, backend, (line) => lines.push(line), name)
      const wrong = lines.filter(({ error, tolerance }) => !(error <= tolerance))
      assert.deepEqual(wrong, [])
      assert.equal(backend.memory.live, live, 'memory is left')
    })
}
