/** @file The WebAssembly assembler: encodings against known bytes, and functions that compute what they say. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { flatten, float32, signed, sized, text, unsigned, vector } from '../src/wasm-assembler/encoding.ts'
import { Body, type Definition, f32, f32x4, f64, i32, i32x4, Module, procedure, v128 } from '../src/wasm-assembler/index.ts'

const PLAIN = { relaxed: false, shared: false }

test('LEB128', () => {
  for (const [value, bytes] of [
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 1]],
    [624485, [0xe5, 0x8e, 0x26]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ] as const)
    assert.deepEqual(unsigned(value), bytes, `unsigned ${value}`)
  for (const [value, bytes] of [
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-123456, [0xc0, 0xbb, 0x78]],
    [2 ** 31, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ] as const)
    assert.deepEqual(signed(value), bytes, `signed ${value}`)
})

test('floats, texts, lists', () => {
  assert.deepEqual(float32(1.5), [0, 0, 0xc0, 0x3f])
  assert.deepEqual([...flatten(text('ab'))], [2, 0x61, 0x62])
  assert.deepEqual([...flatten(vector([[1, [2]], 3]))], [2, 1, 2, 3])
  assert.deepEqual([...flatten(sized([1, [2, [3]]]))], [3, 1, 2, 3])
})

test('instructions as the specification encodes them', () => {
  const f = new Body({ features: PLAIN, indexOf: () => 0, constantAt: () => 0 }, 0)
  const x = f.local('i32')
  const v = f.local('v128')
  for (const [name, { code }, bytes] of [
    ['i32.add', i32.add(x, 5), [0x20, 0, 0x41, 5, 0x6a]],
    ['i32.minU', i32.minU(x, 5), [0x20, 0, 0x41, 5, 0x20, 0, 0x41, 5, 0x49, 0x1b]],
    ['i32.load offset', i32.load(x, 300), [0x20, 0, 0x28, 0, 0xac, 2]],
    ['f32.store', f32.store(x, 1, 4), [0x20, 0, 0x43, 0, 0, 0x80, 0x3f, 0x38, 0, 4]],
    ['v128.load', v128.load(x, 16), [0x20, 0, 0xfd, 0, 0, 16]],
    ['v128.load32_splat', v128.load32Splat(x), [0x20, 0, 0xfd, 9, 0, 0]],
    ['f32x4.mul', f32x4.mul(v, v), [0x20, 1, 0x20, 1, 0xfd, 0xe6, 1]],
    ['f32x4.relaxed_madd', f32x4.relaxedMadd(v, v, v), [0x20, 1, 0x20, 1, 0x20, 1, 0xfd, 0x85, 2]],
    ['i32x4.shl', i32x4.shl(v, 3), [0x20, 1, 0x41, 3, 0xfd, 0xab, 1]],
    ['f32x4.extract_lane', f32x4.extractLane(v, 2), [0x20, 1, 0xfd, 0x1f, 2]],
  ] as const)
    assert.deepEqual([...flatten(code)], bytes, name)
})

test('an empty procedure is this module', () => {
  const module = new Module(PLAIN, 64)
  module.export(procedure('go', { x: 'i32' }, () => {}))
  // prettier-ignore
  const expected = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, 5, 1, 0x60, 1, 0x7f, 0],
    [2, 15, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 0, 1],
    [3, 2, 1, 0],
    [7, 6, 1, 2, 0x67, 0x6f, 0, 0],
    [10, 4, 1, 2, 0, 0x0b],
  ]
  assert.deepEqual([...module.encode()], expected.flat())
})

/** The exports of a module with these procedures, and its memory. */
function build(definitions: readonly unknown[], features = PLAIN) {
  const module = new Module(features, 64)
  for (const definition of definitions) module.export(definition as Definition)
  const bytes = module.encode()
  assert.ok(WebAssembly.validate(bytes))
  const memory = new WebAssembly.Memory(features.shared ? { initial: 1, maximum: 65536, shared: true } : { initial: 1 })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } })
  return {
    run: exports as Record<string, (...args: number[]) => void>,
    floats: new Float32Array(memory.buffer),
    ints: new Int32Array(memory.buffer),
  }
}

test('loops, conditions and calls', () => {
  const square = procedure('square', { at: 'i32' }, (f, { at }) => f.do(i32.store(at, i32.mul(i32.load(at), i32.load(at)))))
  // Collatz: steps until 1.
  const collatz = procedure('collatz', { n: 'i32', to: 'i32' }, (f, { n, to }) => {
    const steps = f.local('i32')
    f.while(i32.ne(n, 1), () => {
      f.if(
        i32.and(n, 1),
        () => f.set(n, i32.add(i32.mul(n, 3), 1)),
        () => f.set(n, i32.shrU(n, 1)),
      )
      f.increase(steps, 1)
    })
    f.do(i32.store(to, steps))
    f.run(square, { at: to })
  })
  const count = procedure('count', { from: 'i32', end: 'i32', step: 'i32', to: 'i32' }, (f, { from, end, step, to }) => {
    f.for(from, end, step, () => f.do(i32.store(to, i32.add(i32.load(to), 1))))
  })
  const atLeastOnce = procedure('atLeastOnce', { n: 'i32', to: 'i32' }, (f, { n, to }) => {
    f.doWhile(
      () => {
        f.do(i32.store(to, i32.add(i32.load(to), 1)))
        f.set(n, i32.sub(n, 1))
      },
      () => i32.gtS(n, 0),
    )
  })
  const { run, ints } = build([collatz, count, atLeastOnce])
  run['collatz'](27, 1024)
  assert.equal(ints[256], 111 * 111)
  run['count'](3, 20, 4, 2048)
  run['count'](5, 5, 1, 2048)
  assert.equal(ints[512], 5)
  // Unsigned: an address above 2^31 is not below 0.
  run['count'](2 ** 31 - 2, 2 ** 31 + 2, 1, 2052)
  assert.equal(ints[513], 4)
  run['atLeastOnce'](-5, 2056)
  run['atLeastOnce'](3, 2056)
  assert.equal(ints[514], 4)
})

test('constants: the same bits once, at the function’s start', () => {
  const add = procedure('add', { at: 'i32' }, (f, { at }) => {
    f.if(i32.load(at), () => f.do(v128.store(at, f32x4.add(v128.load(at), f.splat(0.25), f.splat(2), f.splat(0.25)))))
  })
  const { run, floats } = build([add])
  assert.deepEqual([...floats.slice(16, 19)], [0.25, 2, 0])
  floats.set([1, 2, 3, 4], 256)
  run['add'](1024)
  assert.deepEqual([...floats.slice(256, 260)], [3.5, 4.5, 5.5, 6.5])
})

test('vectors', () => {
  const turn = procedure('turn', { at: 'i32' }, (f, { at }) => {
    const a = f.local('v128', v128.load(at))
    const b = f.local('v128', v128.load(at, 16))
    f.do(
      v128.store(at, f32x4.shuffle(a, b, [0, 4, 3, 7]), 32),
      v128.store(at, v128.bitselect(a, b, f32x4.gt(a, b)), 48),
      v128.store(at, f.madd(a, b, f32x4.splat(f32.const(1))), 64),
      f64.store(at, f64.mul(f64.promoteF32(f32x4.extractLane(a, 1)), 0.1), 80),
      v128.store(at, i32x4.add(i32x4.truncSatF32x4S(a), i32x4.const(1, -1, 1000, 0)), 96),
    )
  })
  for (const shared of [false, true]) {
    const { run, floats, ints } = build([turn], { relaxed: false, shared })
    floats.set([1, 2, 3, 4, 4, 3, 2, 1], 256)
    run['turn'](1024)
    assert.deepEqual([...floats.slice(264, 276)], [1, 4, 4, 1, 4, 3, 3, 4, 5, 7, 7, 5])
    assert.equal(new Float64Array(floats.buffer, 1024 + 80, 1)[0], 2 * 0.1)
    assert.deepEqual([...ints.slice(280, 284)], [2, 1, 1003, 4])
  }
})

test('a value that is kept is computed once, and has the type of what was computed', () => {
  const f = new Body({ features: PLAIN, indexOf: () => 0, constantAt: () => 0 }, 0)
  const x = f.local('i32')
  const kept = f.let(f32.convertI32U(i32.add(x, 1)))
  assert.deepEqual([kept.type, kept.index, f.types], ['f32', 1, ['i32', 'f32']])
  assert.deepEqual([...flatten(f.code)], [0x20, 0, 0x41, 1, 0x6a, 0xb3, 0x21, 1])
})
