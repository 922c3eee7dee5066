/**
 * @file What goes wrong on a device: lost, out of memory, a kernel that does not compile, tensors and grids beyond its limits. Each is an error that says what, where and how
 * much; a backend that has failed keeps failing with the same error, and can still be disposed. Grids beyond one side's limit are no failure: they are folded.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { gpu } from '#platform'
import { AdzusError } from '../src/errors.ts'
import { memorySize } from '../src/messages.ts'
import { openBackend } from '../src/open-backend.ts'
import { MAX_GROUPS, type Shader } from '../src/shaders/kernel.ts'
import { affine, matmul } from '../src/tensor/index.ts'
import { Tensor } from '../src/tensor/tensor.ts'
import { openDevice } from '../src/tensor/webgpu/adapter.ts'
import { WebGpuBackend } from '../src/tensor/webgpu/backend.ts'
import { Pipelines } from '../src/tensor/webgpu/pipelines.ts'
import { test, webgpu } from './support/backends.ts'
import { type OpCase, runCase } from './support/cases.ts'
import { random } from './support/random.ts'

const { open, test: testWebGpu } = await webgpu()

/** The error of a rejected promise. */
async function failure(work: () => unknown): Promise<AdzusError> {
  try {
    await work()
  } catch (error) {
    assert.ok(error instanceof AdzusError, String(error))
    return error
  }
  assert.fail('nothing was thrown')
}

/** A device of which some members are replaced. */
function altered(device: GPUDevice, changes: Partial<GPUDevice>): GPUDevice {
  return new Proxy(device, {
    get(target, key) {
      if (Object.hasOwn(changes, key)) return changes[key as keyof GPUDevice]
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Doubles ten numbers on the device. */
async function double(backend: WebGpuBackend): Promise<Float32Array> {
  const x = Tensor.from(
    backend,
    Float32Array.from({ length: 10 }, (_, i) => i),
    [10],
  )
  const y = affine(x, 2)
  return y.floats()
}

testWebGpu('a lost device is an error that stays, and says how much was in use', async () => {
  const opened = await openDevice(await gpu())
  const backend = new WebGpuBackend(opened)
  assert.equal((await double(backend))[9], 18)
  await backend.flush()
  opened.device.destroy()
  await opened.device.lost
  const error = await failure(() => double(backend))
  assert.match(error.message, /^webgpu: device \(.+\): expected a device that stays, got device lost/)
  assert.match(error.message, /[\d.]+ [KM]?i?B in use/)
  assert.equal(await failure(() => backend.flush()), error)
  assert.equal(await failure(() => double(backend)), error)
  await backend.dispose()
})

testWebGpu('a device lost while work is under way rejects what waits for it', async () => {
  const opened = await openDevice(await gpu())
  const backend = new WebGpuBackend(opened)
  await double(backend)
  const waiting = failure(() => double(backend))
  opened.device.destroy()
  const error = await waiting
  assert.match(error.message, /device lost/)
  assert.equal(await failure(() => backend.flush()), error)
  await backend.dispose()
})

testWebGpu('a kernel that does not compile is named, with the offending line', async () => {
  const { device } = await openDevice(await gpu())
  const pipelines = new Pipelines(device)
  const uncaught: string[] = []
  device.addEventListener('uncapturederror', (event) => uncaught.push((event as GPUUncapturedErrorEvent).error.message))
  const broken: Shader = {
    name: 'broken kernel',
    code: '@compute @workgroup_size(1)\nfn main() { let x = missing_function(1.0); }',
    params: [],
    access: ['read_write'],
  }
  const error = await failure(() => pipelines.get(broken))
  assert.match(error.message, /^webgpu: kernel \(broken kernel\): expected a shader that compiles on this adapter, got /)
  assert.match(error.message, /missing_function/)
  assert.deepEqual(uncaught, [], 'the error belongs to the kernel alone')
  await device.queue.onSubmittedWorkDone()
  device.destroy()
})

testWebGpu('a kernel that does not compile fails the backend', async () => {
  const opened = await openDevice(await gpu())
  const { device } = opened
  const broken = altered(device, {
    createShaderModule: (descriptor) => device.createShaderModule({ ...descriptor, code: `${descriptor.code}\nnonsense` }),
  })
  const backend = new WebGpuBackend({ ...opened, device: broken })
  const error = await failure(() => double(backend))
  assert.match(error.message, /^webgpu: kernel \(affine\)/)
  assert.equal(await failure(() => backend.flush()), error)
  await backend.dispose()
})

testWebGpu('out of memory says how much was asked for and how much is held', async () => {
  const opened = await openDevice(await gpu())
  const { device } = opened
  const scopes: string[] = []
  let full = false
  const small = altered(device, {
    pushErrorScope: (filter) => {
      scopes.push(filter)
      device.pushErrorScope(filter)
    },
    popErrorScope: async () => {
      const error = await device.popErrorScope()
      return scopes.pop() === 'out-of-memory' && full ? ({ message: 'out of memory' } as GPUError) : error
    },
  })
  const backend = new WebGpuBackend({ ...opened, device: small })
  await double(backend)
  full = true
  const large = Tensor.empty(backend, [3 * 2 ** 18], 'f32', 'a large tensor')
  const error = await failure(() => large.floats())
  assert.match(
    error.message,
    /^webgpu: allocation \(a large tensor\): expected 3 MiB more on .+, got out of memory\. 3 MiB in use, 3\.?\d* MiB held/,
  )
  assert.equal(await failure(() => backend.flush()), error)
  await backend.dispose()
})

testWebGpu('a tensor beyond the largest binding is refused, with both sizes', async () => {
  const backend = (await open()) as WebGpuBackend
  const error = await failure(() => Tensor.empty(backend, [backend.maxTensorBytes / 4 + 1], 'f32', 'too large'))
  assert.ok(error.message.startsWith(`webgpu: allocation (too large): expected at most ${memorySize(backend.maxTensorBytes)} a tensor on `))
  assert.match(error.message, /, got 4 bytes more\./)
  // Nothing was recorded: the backend goes on.
  assert.equal((await double(backend))[9], 18)
  await backend.dispose()
})

testWebGpu('a grid that cannot be folded is refused', async () => {
  const backend = await open()
  const batch = MAX_GROUPS + 1
  const a = Tensor.empty(backend, [batch, 1, 1], 'f32')
  const error = await failure(() => matmul(a, a))
  assert.match(error.message, /^webgpu: dispatch \(matmul .+\): expected at most 65535 workgroups a side, got 1 × 1 × 65536\./)
  await backend.dispose()
})

testWebGpu('more than 65,535 workgroups are folded', async () => {
  const rng = random(3)
  const rows = MAX_GROUPS + 70
  const elements = 64 * MAX_GROUPS + 1000
  const input = (...shape: number[]) => ({ shape, dtype: 'f32' as const, data: rng.floats(shape.reduce((n, d) => n * d)) })
  const out = (...shape: number[]) => ({ out: { shape, dtype: 'f32' as const } })
  const shared = { batch: 1, transposeB: true, sharedB: true, alpha: 1, activation: 'none' }
  const list: OpCase[] = [
    { op: 'unary', name: 'silu', inputs: { x: input(elements) }, outputs: out(elements), args: { fn: 'silu', alpha: 1, beta: 0 } },
    {
      op: 'binary',
      name: 'repeated',
      inputs: { a: input(elements), b: input(8) },
      outputs: out(elements),
      args: { fn: 'add', alpha: 1, beta: 2, inner: 1 },
    },
    {
      op: 'layerNorm',
      name: 'rows',
      inputs: { x: input(rows, 3), gamma: input(3), beta: input(3) },
      outputs: out(rows, 3),
      args: { eps: 1e-5 },
    },
    { op: 'softmax', name: 'rows', inputs: { x: input(rows, 3) }, outputs: out(rows, 3), args: {} },
    {
      op: 'reduce',
      name: 'rows',
      inputs: { x: input(rows, 2) },
      outputs: out(rows),
      args: { fn: 'max', outer: rows, length: 2, inner: 1 },
    },
    { op: 'rowDot', name: 'rows', inputs: { a: input(rows, 2), b: input(rows, 2) }, outputs: out(rows), args: {} },
    {
      op: 'groupNorm',
      name: 'elements',
      inputs: { x: input(1, rows, 64), gamma: input(64), beta: input(64) },
      outputs: out(1, rows, 64),
      args: { groups: 4, eps: 1e-5, silu: true },
    },
    {
      op: 'matmul',
      name: 'tiles',
      inputs: { a: input(elements, 1), b: input(1, 1) },
      outputs: out(elements, 1),
      args: { ...shared, m: elements, n: 1, k: 1 },
    },
  ]
  const cpu = await openBackend('cpu')
  const device = await open()
  for (const c of list) {
    const expected = (await runCase(cpu, c))['out']
    const got = (await runCase(device, c))['out']
    let worst = 0
    expected.forEach((v, i) => {
      const error = Math.abs(v - got[i])
      // NaN must not pass.
      if (!(error <= worst)) worst = error
    })
    assert.ok(worst <= 1e-4, `${c.op} ${c.name}: ${worst}`)
  }
  await cpu.dispose()
  await device.dispose()
})

test('without an adapter, webgpu is an error with a hint', async () => {
  const none = { requestAdapter: async () => null } as unknown as GPU
  assert.match((await failure(() => WebGpuBackend.open(none))).message, /^webgpu: expected a WebGPU adapter, got none\. Use --backend cpu/)
  assert.match(
    (await failure(() => WebGpuBackend.open(undefined))).message,
    /got no WebGPU implementation\. .*install the package webgpu\./,
  )
})

test('without a driver, auto takes the CPU and says so', { skip: 'Deno' in globalThis }, () => {
  const script = `const { openBackend } = await import('./dist/src/open-backend.js')
    const backend = await openBackend('auto')
    console.log(backend.kind, '/', backend.description)
    await backend.dispose()`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { ...process.env, VK_ICD_FILENAMES: '/nonexistent', VK_DRIVER_FILES: '/nonexistent' },
  })
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^cpu \/ \S+/)
})
