/**
 * @file The KL step of merging: every anchor against every map, as matrix products and by broadcasting, which is what the formula
 * says: ½ Σ (x − y)(ln x − ln y), term by term. Logarithms are taken once in both; runs are interleaved.
 */
import type { Backend } from '../src/index.ts'
import { divergence, Tensor } from '../src/tensor/index.ts'
import { random } from '../test/support/random.ts'
import { digits, interleave, machine, showSpread, table } from './measure.ts'

/** Maps whose rows sum to 1. */
function maps(count: number, cells: number): Float32Array<ArrayBuffer> {
  const values = random(3).floats(count * cells, 0.01, 1)
  for (let row = 0; row < count; row++) {
    const line = values.subarray(row * cells, (row + 1) * cells)
    const sum = line.reduce((a, b) => a + b, 0)
    for (let i = 0; i < cells; i++) line[i] /= sum
  }
  return values
}

function broadcast(x: Float32Array, y: Float32Array, cells: number): Float32Array {
  const logX = Float32Array.from(x, Math.log)
  const logY = Float32Array.from(y, Math.log)
  const [rows, columns] = [x.length / cells, y.length / cells]
  const out = new Float32Array(rows * columns)
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      let sum = 0
      for (let c = 0, a = i * cells, b = j * cells; c < cells; c++, a++, b++) sum += (x[a] - y[b]) * (logX[a] - logY[b])
      out[i * columns + j] = sum / 2
    }
  return out
}

export async function benchKl(backends: readonly Backend[], { runs, full }: { runs: number; full: boolean }): Promise<void> {
  const [anchors, cells] = [256, full ? 4096 : 1024]
  const all = maps(cells, cells)
  const some = all.slice(0, anchors * cells)
  const rows: string[][] = []
  for (const backend of backends) {
    const y = Tensor.from(backend, all, [cells, cells])
    const x = Tensor.from(backend, some, [anchors, cells])
    let products: Float32Array = new Float32Array()
    let naive: Float32Array = new Float32Array()
    const { a, b } = await interleave(
      runs,
      () => {
        naive = broadcast(some, all, cells)
      },
      async () => {
        const side = Math.sqrt(cells)
        const distances = divergence(x, y, { h: side, w: side })
        products = await distances.floats()
        distances.dispose()
      },
    )
    const difference = naive.reduce((worst, v, i) => Math.max(worst, Math.abs(v - products[i])), 0)
    rows.push([backend.description, showSpread(a), showSpread(b), digits(a.median / b.median), difference.toExponential(1)])
    x.dispose()
    y.dispose()
  }
  console.log(`\n### KL of ${anchors} anchors to ${cells} maps of ${cells} cells\n\n${machine()}; ${runs} interleaved runs`)
  table(['backend', 'broadcast in JavaScript, ms', 'matrix products, ms', 'ratio of the medians', 'largest difference'], rows)
}
