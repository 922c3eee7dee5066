/** @file Hints that are true where they are read, and parts of the package that are missing: each is named, and nothing else is blamed. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { afterEach, test, vi } from 'vitest'
import { inPage, option } from '../src/advice.ts'
import { deviceHint, weightsHint } from '../src/attention/finite.ts'
import { Adzus, AdzusError } from '../src/index.ts'
import { loadPart } from '../src/part.ts'
import { createCpuBackend } from '../src/tensor/cpu/plain.ts'
import { WasmEngine } from '../src/tensor/wasm/engine.ts'
import type { Host } from '../src/tensor/wasm/thread-pool.ts'
import { openDevice } from '../src/tensor/webgpu/adapter.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})
const asPage = () => vi.stubGlobal('document', {})

const messageOf = async (work: () => unknown): Promise<string> => {
  const error = await Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  assert.ok(error instanceof AdzusError, `${error}`)
  return error.message
}

test('options are called as they are written there', () => {
  assert.deepEqual([inPage(), option('size'), option('backend', 'cpu')], [false, '--size', '--backend cpu'])
  asPage()
  assert.deepEqual([inPage(), option('size'), option('backend', 'cpu')], [true, 'size', "backend: 'cpu'"])
})

test('no hint in a page speaks of a command line, folders or packages', async () => {
  const causes: (() => unknown)[] = [
    () => openDevice(undefined),
    () => openDevice({ requestAdapter: async () => null }),
    () => Adzus.load('nowhere', { backend: 'cpu' }),
    () => createCpuBackend().allocate(2 ** 40, 'large'),
    () => loadPart('JPEG decoder', () => Promise.reject(new Error('404'))),
    () => {
      throw new AdzusError({ what: 'unet', expected: 'a', got: 'b', hint: `${weightsHint(true, 'vae')} ${deviceHint()}` })
    },
  ]
  const foreign = /(^|[ (`])--[a-z]|\bfolder|\bnpm\b|\bNode\b|install|ulimit|[A-Z]+_[A-Z]+/
  for (const cause of causes) assert.match(await messageOf(cause), foreign)
  asPage()
  for (const cause of causes) assert.doesNotMatch(await messageOf(cause), foreign)
})

test('a part that cannot be loaded is named with the reason; a fault of the package keeps its own words', async () => {
  const missing = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'))
  assert.equal(
    await messageOf(() => loadPart('PNG decoder', missing)),
    'part of adzus (PNG decoder): expected its file, got Failed to fetch dynamically imported module. ' +
      'It comes with the package adzus, or one that adzus needs, which have to be installed beside a bundle.',
  )
  asPage()
  assert.match(await messageOf(() => loadPart('PNG decoder', missing)), /The bundler or the server has to provide it/)
  const own = new AdzusError({ what: 'a', expected: 'b', got: 'c' })
  await assert.rejects(
    loadPart('x', () => Promise.reject(own)),
    (error) => error === own,
  )
})

/** A host with two cores, as far as threads are concerned. */
const host = (faults: Partial<Host>): Host => ({
  cores: () => 2,
  wasmPages: () => 65536,
  allowRelaxedSimd: () => {},
  startThread: () => () => {},
  threadFault: async () => undefined,
  ...faults,
})

test('where no thread can start, the backend says one from the start, and why', async () => {
  const started: unknown[] = []
  const startThread: Host['startThread'] = (seed) => {
    started.push(seed)
    return () => {}
  }
  for (const [fault, threads, note] of [
    ['thread.js is missing', '1 thread)', '1 of 2 threads did not start: thread.js is missing'],
    [undefined, '2 threads)', undefined],
  ] as const) {
    const engine = await WasmEngine.open(host({ startThread, threadFault: async () => fault }))
    assert.ok(engine instanceof WasmEngine)
    assert.ok(engine.description.endsWith(threads), engine.description)
    assert.equal(engine.note, note)
    await engine.dispose()
  }
  const asked = await WasmEngine.open(host({ threadFault: async () => assert.fail('one thread needs no other') }), { threads: 1 })
  assert.ok(asked instanceof WasmEngine)
  await asked.dispose()
  assert.deepEqual(started, [])
})

test('a JPEG is not blamed for a decoder that is missing', async () => {
  vi.doMock('#platform', async (original) => ({
    ...(await original<object>()),
    packageWasm: () => Promise.reject(new Error("Cannot find module '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'")),
  }))
  const { decodeImage } = await import('../src/image/decode.ts')
  const bytes = await readFile('data/bccd/images/BloodImage_00163.jpg')
  await assert.rejects(
    decodeImage(bytes, 'a.jpg'),
    /^AdzusError: part of adzus \(JPEG decoder \(mozjpeg_dec\.wasm of @jsquash\/jpeg\)\): expected its file, got Cannot find module/,
  )
  vi.doUnmock('#platform')
})
