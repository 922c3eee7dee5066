/**
 * @file The exercise of `docs/kernels/attention.md`: the changes that it shows make the attention kernel a causal one. They are taken
 * from the page, made to the kernel's texts, and the result is compared with plain loops.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { gpu } from '#platform'
import { attentionText, attentionVariant, QUERIES } from '../src/shaders/attention.ts'
import { kernel } from '../src/shaders/kernel.ts'
import { attentionParams, scoreTile } from '../src/shaders/score-tile.ts'
import { openDevice } from '../src/tensor/webgpu/adapter.ts'
import { test, webgpu } from './support/backends.ts'
import { random } from './support/random.ts'
import { runShader } from './support/run-shader.ts'

const PAGE = 'docs/kernels/attention.md'
const TOLERANCE = 1e-5

/** Lines to replace, and by what, as the page's blocks show them. */
async function changes(): Promise<{ before: string; after: string }[]> {
  const page = await readFile(PAGE, 'utf8')
  return [...page.matchAll(/```diff\n([\s\S]*?)```/g)].map(([, block]) => {
    const lines = (sign: string) =>
      block
        .split('\n')
        .filter((line) => line.startsWith(sign))
        .map((line) => line.slice(1))
        .join('\n')
    return { before: lines('-'), after: lines('+') }
  })
}

/** The texts with all changes made; each must fit in exactly one place. */
async function causal() {
  const texts = { attention: attentionText as string, scoreTile: scoreTile as string }
  for (const { before, after } of await changes()) {
    const places = Object.entries(texts).filter(([, text]) => text.split(before).length === 2)
    assert.equal(places.length, 1, `one place for: ${before}`)
    const [name, text] = places[0]
    texts[name as keyof typeof texts] = text.replace(before, after)
  }
  return kernel({ name: 'causal attention', text: texts.attention, imports: { attentionParams, scoreTile: texts.scoreTile } })
}

test('the changes of the exercise fit the texts, and its kernel is the ordinary one without them', async () => {
  assert.equal((await changes()).length, 2)
  const { columns, vec } = attentionVariant(40)
  const constants = { COLUMNS: columns, VEC: vec }
  const code = (await causal())(constants).code
  assert.match(code, /firstK < min\(p\.keys, firstQ \+ TILE\)/)
  assert.doesNotMatch(code, /p\.causal/)
})

interface Shape {
  heads: number
  size: number
  tokens: number
}

/** softmax(scale · q · kᵀ) · v over keys up to the query's own place, in f64. */
function plainLoops({ heads, size, tokens }: Shape, scale: number, [q, k, v]: readonly Float32Array[]): Float64Array {
  const channels = heads * size
  const out = new Float64Array(tokens * channels)
  for (let head = 0; head < heads; head++)
    for (let i = 0; i < tokens; i++) {
      const weights: number[] = []
      for (let j = 0; j <= i; j++) {
        let score = 0
        for (let c = 0; c < size; c++) score += q[i * channels + head * size + c] * k[j * channels + head * size + c]
        weights.push(Math.exp(scale * score))
      }
      const sum = weights.reduce((a, b) => a + b, 0)
      for (let c = 0; c < size; c++)
        out[i * channels + head * size + c] = weights.reduce((a, w, j) => a + (w / sum) * v[j * channels + head * size + c], 0)
    }
  return out
}

const { test: testWebGpu } = await webgpu()

testWebGpu('the causal kernel of the exercise equals plain loops', async () => {
  const { device } = await openDevice(await gpu())
  const instances = await causal()
  const rng = random(19)
  for (const shape of [
    { heads: 1, size: 40, tokens: 1 },
    { heads: 2, size: 40, tokens: 97 },
  ]) {
    const { heads, size, tokens } = shape
    const channels = heads * size
    const inputs = [0, 1, 2].map(() => Float32Array.from(rng.floats(tokens * channels, -1, 1)))
    const { columns, vec } = attentionVariant(size)
    const scale = 2 / Math.sqrt(size)
    const results = await runShader(device, instances({ COLUMNS: columns, VEC: vec, Stored: vec ? 'vec4<f32>' : 'f32' }), {
      params: { queries: tokens, keys: tokens, channels, heads, headSize: size, scale, causal: 0 },
      buffers: [...inputs, new Float32Array(tokens * channels), new Float32Array(heads * tokens * 2)],
      groups: [Math.ceil(tokens / QUERIES), heads, 1],
    })
    const expected = plainLoops(shape, scale, inputs)
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - results[3][i])), 0)
    assert.ok(worst < TOLERANCE, `${heads} heads of ${size}, ${tokens} tokens: differs by ${worst}`)
  }
  device.destroy()
})
