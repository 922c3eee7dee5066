/** @file The heap inside a WebAssembly memory: no two blocks overlap, what is given back is joined and used again, and the end is told apart from a crash. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { Heap } from '../src/tensor/wasm/heap.ts'
import { random } from './support/random.ts'

test('blocks never overlap, and all that is freed is joined', () => {
  const rng = random(5)
  const heap = new Heap(new WebAssembly.Memory({ initial: 2 }), 8192)
  const blocks: { address: number; bytes: number }[] = []
  for (let i = 0; i < 2000; i++) {
    if (blocks.length > 0 && rng.chance(0.45)) {
      const [block] = blocks.splice(rng.int(0, blocks.length - 1), 1)
      heap.free(block.address, block.bytes)
    } else {
      const wanted = rng.int(1, 20_000)
      const block = heap.allocate(wanted)
      assert.ok(block && block.bytes >= wanted && block.address % 16 === 0 && block.address >= 8192)
      assert.ok(block.address + block.bytes < heap.memory.buffer.byteLength)
      for (const { address, bytes } of blocks) assert.ok(block.address + block.bytes <= address || address + bytes <= block.address)
      blocks.push(block)
    }
  }
  for (const { address, bytes } of blocks) heap.free(address, bytes)
  const held = heap.held
  assert.ok(heap.allocate(held - 8192 - 4096), 'one range again')
  assert.equal(heap.held, held)
})

test('beyond 4 GiB, or where the memory may not grow, there is nothing', () => {
  const small = new Heap(new WebAssembly.Memory({ initial: 1, maximum: 4 }), 1024)
  assert.equal(small.allocate(5 * 65536), undefined)
  assert.ok(small.allocate(3 * 65536))
  assert.equal(small.allocate(2 * 65536), undefined)
  const large = new Heap(new WebAssembly.Memory({ initial: 1 }), 1024)
  assert.equal(large.allocate(2 ** 32), undefined)
})
