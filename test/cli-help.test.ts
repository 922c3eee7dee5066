/** @file What `--help` of each command shows, and `adzus layers`. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'vitest'
import { modelLayers } from '../src/index.ts'
import { outputs } from '../src/output/registry.ts'
import { adzus } from './support/cli.ts'

const COMMANDS = [
  '',
  'segment',
  'info',
  'layers',
  'doctor',
  'models',
  ...['list', 'info', 'pull', 'verify', 'remove'].map((a) => `models ${a}`),
]

test('the help of every command ends well and has two examples', async () => {
  for (const command of COMMANDS) {
    const { code, stdout, stderr } = await adzus([...command.split(' ').filter(Boolean), '--help'])
    assert.deepEqual([code, stderr], [0, ''], command)
    const [, examples = ''] = stdout.split('\nExamples:\n')
    const shown = examples.split('\n').filter((line) => /^ {2}adzus /.test(line))
    assert.equal(shown.length, 2, `${command}: ${stdout}`)
    if (command !== '')
      assert.ok(
        shown.every((line) => line.startsWith(`  adzus ${command}`)),
        command,
      )
  }
})

test('the help of segment shows the embedded model’s numbers, and every output', async () => {
  const { stdout } = await adzus(['segment', '--help'])
  const own = JSON.parse(await readFile('weights/adzus-tiny/adzus.json', 'utf8'))
  for (const [option, value] of [
    ['size', own.size],
    ['timesteps', own.timesteps.join()],
    ['thresholds', own.thresholds.join()],
    ['anchors', own.anchors],
  ])
    assert.match(stdout, new RegExp(`^  --${option} .*embedded: ${value}\\)$`, 'm'))
  for (const { name, help } of outputs) assert.match(stdout, new RegExp(`^  ${name} +\\S+ +${help}$`, 'm'))
  assert.match(stdout, /--save .*labels,mask,overlay,json, and objects where many are seen/)
})

test('adzus layers: the layers of a model on the grids of a size, as a table and as data', async () => {
  const [table, data, wrong] = await Promise.all([
    adzus(['layers', '--size', '128x64']),
    adzus(['layers', '--size', '128x64', '--json']),
    adzus(['layers', '--size', '1']),
  ])
  const { layers, size } = JSON.parse(data.stdout)
  assert.deepEqual(size, [128, 64])
  assert.deepEqual(layers, (await modelLayers('weights/adzus-tiny', { size: [128, 64] })).layers)
  assert.deepEqual(layers[0], {
    name: 'down_blocks.0.attentions.0.transformer_blocks.0.attn1',
    kind: 'self',
    grid: { h: 8, w: 16 },
    heads: 2,
    headSize: 16,
  })
  const rows = table.stdout.split('\n').filter((line) => /^\S+\.attn[12] /.test(line))
  assert.deepEqual(
    rows.map((row) => row.split(/ +/)),
    layers.map(({ name, kind, grid, heads }: (typeof layers)[0]) => [name, kind, `${grid.w}x${grid.h}`, `${heads}`]),
  )
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /size/)
})
