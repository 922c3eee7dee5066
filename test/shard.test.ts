/** @file Which part of the inputs a task does: `--shard`, and what every scheduler says. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { readShard, shardOf } from '../src/cli/fleet/shard.ts'

const ENGINES: [what: string, environment: Record<string, string>, index: number, count: number, engine: string][] = [
  ['Slurm --array=1-6', { SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_COUNT: '6' }, 1, 6, 'Slurm'],
  ['Slurm --array=0-5', { SLURM_ARRAY_TASK_ID: '5', SLURM_ARRAY_TASK_MIN: '0', SLURM_ARRAY_TASK_COUNT: '6' }, 6, 6, 'Slurm'],
  [
    'Slurm --array=10-20:5',
    { SLURM_ARRAY_TASK_ID: '20', SLURM_ARRAY_TASK_MIN: '10', SLURM_ARRAY_TASK_COUNT: '3', SLURM_ARRAY_TASK_STEP: '5' },
    3,
    3,
    'Slurm',
  ],
  ['a Kubernetes Indexed Job', { JOB_COMPLETION_INDEX: '0', ADZUS_SHARDS: '20' }, 1, 20, 'Kubernetes'],
  ['an AWS Batch array', { AWS_BATCH_JOB_ARRAY_INDEX: '9', AWS_BATCH_JOB_ARRAY_SIZE: '10' }, 10, 10, 'AWS Batch'],
  ['SGE -t 1-4', { SGE_TASK_ID: '2', SGE_TASK_FIRST: '1', SGE_TASK_LAST: '4', SGE_TASK_STEPSIZE: '1' }, 2, 4, 'SGE'],
  ['SGE -t 2-10:2', { SGE_TASK_ID: '6', SGE_TASK_FIRST: '2', SGE_TASK_LAST: '10', SGE_TASK_STEPSIZE: '2' }, 3, 5, 'SGE'],
  ['PBS -J 1-8', { PBS_ARRAY_INDEX: '8', ADZUS_SHARDS: '8' }, 8, 8, 'PBS'],
  ['LSF job[1-5]', { LSB_JOBINDEX: '5', LSB_JOBINDEX_STEP: '1', LSB_JOBINDEX_END: '5' }, 5, 5, 'LSF'],
  // Outside an array SGE says `undefined` and LSF 0.
  [
    'Slurm on a machine with SGE',
    { SGE_TASK_ID: 'undefined', LSB_JOBINDEX: '0', SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_TASK_MIN: '2', SLURM_ARRAY_TASK_COUNT: '1' },
    1,
    1,
    'Slurm',
  ],
]

for (const [what, environment, index, count, engine] of ENGINES)
  test(`--shard auto in ${what}`, () => {
    assert.deepEqual(readShard('auto', environment), { index, count, engine })
  })

test('--shard I/N', () => {
  assert.deepEqual(readShard('1/1', {}), { index: 1, count: 1 })
  assert.deepEqual(readShard('6/6', { SLURM_ARRAY_TASK_ID: '1' }), { index: 6, count: 6 })
  for (const wrong of ['0/3', '4/3', '1', '1/0', '-1/3', '1/3/5', 'a/b', '', '1.5/3', '1/9999999'])
    assert.throws(() => readShard(wrong, {}), /expected I\/N with I from 1 to N/, wrong)
})

test('an environment that tells no part, or one that cannot be', () => {
  assert.throws(() => readShard('auto', {}), /none of their variables. Say --shard I\/N/)
  assert.throws(() => readShard('auto', { JOB_COMPLETION_INDEX: '3' }), /expected the number of tasks in ADZUS_SHARDS, got nothing/)
  assert.throws(
    () => readShard('auto', { JOB_COMPLETION_INDEX: '3', ADZUS_SHARDS: '3' }),
    /a task from 1 to 3 \(Kubernetes\), got JOB_COMPLETION_INDEX=3/,
  )
  assert.throws(() => readShard('auto', { SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_COUNT: '6' }), /SLURM_ARRAY_TASK_MIN/)
  assert.throws(() => readShard('auto', { PBS_ARRAY_INDEX: 'x', ADZUS_SHARDS: '3' }), /PBS_ARRAY_INDEX\): expected a whole number, got x/)
})

const items = Array.from({ length: 1000 }, (_, i) => ({ name: `image ${i}`, bytes: (i * 7919) % 1000 }))
const bytes = ({ bytes }: { bytes: number }) => bytes
const sum = (part: typeof items) => part.reduce((total, item) => total + item.bytes, 0)

test('parts hold each item once, weigh the same, and depend on no order', () => {
  for (const count of [1, 2, 7, 64]) {
    const parts = Array.from({ length: count }, (_, i) => shardOf(items, bytes, { index: i + 1, count }))
    assert.equal(new Set(parts.flat()).size, items.length)
    assert.equal(parts.flat().length, items.length)
    const loads = parts.map(sum)
    // Of 7,800 and more bytes in each.
    assert.ok(Math.max(...loads) - Math.min(...loads) <= 24, `${loads}`)
    const backwards = shardOf([...items].reverse(), bytes, { index: count, count })
    assert.deepEqual(backwards.reverse(), parts[count - 1])
  }
})

test('items without weight are spread, and there may be more parts than items', () => {
  const empty = Array.from({ length: 10 }, (_, i) => ({ name: `${i}`, bytes: 0 }))
  for (let index = 1; index <= 5; index++) assert.equal(shardOf(empty, bytes, { index, count: 5 }).length, 2)
  const lengths = Array.from({ length: 20 }, (_, i) => shardOf(empty, bytes, { index: i + 1, count: 20 }).length)
  assert.deepEqual([lengths.filter((n) => n === 1).length, lengths.filter((n) => n === 0).length], [10, 10])
})
