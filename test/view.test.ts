/** @file A safetensors file in another spelling: whatever range is read of it, the bytes are those of a file written that way. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { SafetensorsFile } from '../src/safetensors/reader.ts'
import { SafetensorsView, type ViewedTensor } from '../src/safetensors/view.ts'
import { encodeSafetensors } from '../src/safetensors/writer.ts'
import { bytesSource } from '../src/source.ts'
import { random } from './support/random.ts'

const numbers = random(5)
const matrix = numbers.floats(12)
const bytes = Uint8Array.from(numbers.floats(6, 0, 256))
const original = bytesSource(
  'original',
  encodeSafetensors([
    { name: 'matrix', dtype: 'F32', shape: [3, 4], data: matrix },
    { name: 'bytes', dtype: 'U8', shape: [6, 1, 1], data: bytes },
    { name: 'other', dtype: 'I64', shape: [2], data: BigInt64Array.of(1n, -1n) },
  ]),
)
const { tensors } = await SafetensorsFile.open(original)
const from = (name: string) => tensors.get(name)!
const transposed = Float32Array.from({ length: 12 }, (_, i) => matrix[(i % 3) * 4 + Math.floor(i / 3)])

const VIEWED: ViewedTensor[] = [
  { name: 'turned', from: from('matrix'), transposed: true },
  { name: 'last rows', from: from('matrix'), rows: [1, 3] },
  { name: 'no rows', from: from('matrix'), rows: [2, 2] },
  { name: 'flat', from: from('bytes'), shape: [6] },
  { name: 'a', from: from('bytes'), rows: [0, 2] },
]
const EXPECTED = encodeSafetensors([
  { name: 'turned', dtype: 'F32', shape: [4, 3], data: transposed },
  { name: 'last rows', dtype: 'F32', shape: [2, 4], data: matrix.subarray(4) },
  { name: 'no rows', dtype: 'F32', shape: [0, 4], data: new Float32Array() },
  { name: 'flat', dtype: 'U8', shape: [6], data: bytes },
  { name: 'a', dtype: 'U8', shape: [2, 1, 1], data: bytes.subarray(0, 2) },
])

test('every range of a view', async () => {
  const view = new SafetensorsView(VIEWED).over(original, 'view')
  assert.equal(view.size, EXPECTED.length)
  for (let offset = 0; offset <= view.size; offset += offset < 8 ? 1 : 7)
    for (const length of [0, 1, 3, 4, 17, 60, view.size - offset])
      if (offset + length <= view.size)
        assert.deepEqual(
          Buffer.from(await view.read(offset, length)),
          Buffer.from(EXPECTED.subarray(offset, offset + length)),
          `${offset} + ${length}`,
        )
})

test('a view is a file like any other, and closes the original', async () => {
  let open = 1
  const view = new SafetensorsView(VIEWED).over({ ...original, close: async () => void open-- }, 'view')
  const file = await SafetensorsFile.open(view)
  assert.deepEqual([...file.tensors.keys()].sort(), VIEWED.map((v) => v.name).sort())
  assert.deepEqual(await file.readFloats('turned'), transposed)
  await file.close()
  assert.equal(open, 0)
  assert.equal(new SafetensorsView([]).size % 8, 0)
})

test('what cannot be seen that way', () => {
  const wrong: Omit<ViewedTensor, 'name'>[] = [
    { from: from('matrix'), shape: [3, 5] },
    { from: from('matrix'), rows: [2, 4] },
    { from: from('matrix'), rows: [2, 1] },
    { from: from('bytes'), transposed: true },
    { from: from('matrix'), transposed: true, rows: [0, 3] },
  ]
  for (const view of wrong)
    assert.throws(() => new SafetensorsView([{ name: 'x', ...view }]), /expected a shape that \[.*\] can be seen in/)
})
