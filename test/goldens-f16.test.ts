/**
 * @file The reference results of `test/goldens` with products in f16, on WebGPU adapters that have it.
 *
 * An operand in f16 is rounded by up to 2⁻¹¹ = 4.9e-4 of itself, and so are four products and their sum. The embedded model errs by up
 * to 7e-3 that way, and only the labels of cells between two proposals change that are equally near. The other models have random
 * weights, whose attention is peaked: each block makes what came before several times as large, and SDXL's, the deepest, magnifies
 * even the last bit of f32 (`one ulp` in `npm run goldens`), so it is left out.
 */
import assert from 'node:assert/strict'
import { openBackend } from '../src/open-backend.ts'
import type { Backend } from '../src/tensor/backend.ts'
import { webgpu } from './support/backends.ts'
import { type Line, runGoldens } from './support/goldens.ts'

const FOLDER = 'test/goldens'
/** The largest share of pixels with another label: 5 of 1,024 cells. */
const LABELS = 5e-3
/** The largest error by case: of the embedded model, and of models with random weights. */
const TOLERANCES = { 'adzus-tiny': 1e-2, vae: 5e-2, 'clip-projection': 1e-1, 'sd1-two-level': 1.5e-1 }

const { test, beforeAll, afterAll } = await webgpu()
let backend: Backend
beforeAll(async () => {
  backend = await openBackend('webgpu', { arithmetic: 'auto' })
  if (!backend.traits!.half) return
  await backend.dispose()
  backend = await openBackend('webgpu', { arithmetic: 'f16' })
})
afterAll(() => backend.dispose())

for (const [name, tolerance] of Object.entries(TOLERANCES))
  test(`${name} with products in f16`, async (context) => {
    if (!backend.traits!.half) context.skip('no f16 on this adapter')
    const lines: Line[] = []
    await runGoldens(FOLDER, backend, (line) => lines.push(line), name)
    const wrong = lines.filter((line) => !(line.error <= (line.quantity.includes('share of pixels') ? LABELS : tolerance)))
    assert.deepEqual(wrong, [])
    // It was f16: f32 errs by less than a tenth of this.
    assert.ok(lines.some(({ error }) => error > 1e-3))
  })
