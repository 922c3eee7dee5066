/**
 * @file The offline run (docs/offline.md) as far as it needs no adapter: its parts fail each by
 * itself, its results are written whatever happens, and run.sh unpacks with xz and without. `npm
 * run offline -- rehearse` runs all of it.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, test } from 'vitest'
import { without } from '../bench/offline/adapter.ts'
import { cardOf } from '../bench/offline/cards.ts'
import { markdown, noFindings, type PartResult } from '../bench/offline/report.ts'

const folder = await mkdtemp(join(tmpdir(), 'adzus-offline-test-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the offline program on a machine without an adapter. */
function run(out: string, ...args: string[]) {
  const options = ['--family', 'sd15-tiny', '--cases', '1', '--size', '64', '--runs', '1', ...args]
  const env = { ...process.env, VK_ICD_FILENAMES: '/nonexistent', VK_DRIVER_FILES: '' }
  return spawnSync(process.execPath, ['dist/bench/offline/main.js', join(folder, out), ...options], { encoding: 'utf8', env })
}

const partsOf = async (out: string): Promise<Record<string, PartResult>> => {
  const { parts } = JSON.parse(await readFile(join(folder, out, 'results.json'), 'utf8'))
  return Object.fromEntries(parts.map((part: PartResult) => [part.part, part]))
}

test('a part that fails stops no other, and all are written down', async () => {
  const { status } = run('none', '--parts', 'adapter,kernels,pytorch')
  assert.equal(status, 1)
  const parts = await partsOf('none')
  assert.deepEqual(Object.keys(parts), ['adapter', 'weights', 'kernels', 'whole', 'pytorch'])
  assert.match(`${parts['adapter'].facts['machine']}`, /Node v/)
  for (const name of ['adapter', 'kernels', 'whole']) {
    assert.equal(parts[name].status, 'failed', name)
    assert.match(parts[name].reason!, /expected a WebGPU adapter, got none/, name)
  }
  assert.equal(parts['weights'].status, 'passed')
  assert.match(`${parts['weights'].facts['unet/diffusion_pytorch_model.safetensors']}`, /^686 tensors/)
  assert.deepEqual([parts['pytorch'].status, parts['pytorch'].reason], ['skipped', 'it needs the part whole, which has failed'])
  const text = await readFile(join(folder, 'none', 'results.md'), 'utf8')
  for (const name of Object.keys(parts)) assert.ok(text.includes(`| ${name} |`), name)
})

test('without time parts are skipped, and a run in which nothing passed is no success', async () => {
  const { status } = run('hasty', '--budget', '1')
  assert.equal(status, 1)
  for (const { part, status, reason } of Object.values(await partsOf('hasty'))) {
    assert.equal(status, 'skipped', part)
    assert.match(reason!, /no time was left|needs the part/, part)
  }
})

test('a wrong call says what is wrong and which parts there are', () => {
  for (const [args, said] of [
    [['--parts', 'kernel'], /--parts: .*got kernel\n/],
    [['--budget', '0'], /--budget: expected a whole number above 0, got 0/],
  ] as const) {
    const { status, stderr } = run('wrong', ...args)
    assert.equal(status, 2)
    assert.match(stderr, said)
    assert.match(stderr, /\nparts: adapter, weights, kernels, /)
  }
})

test('results as Markdown: numbers are short, and no cell breaks its table', () => {
  const part = { part: 'kernels', about: 'All.', status: 'failed', seconds: 1.23456, reason: '1 checks failed' } as const
  const findings = { ...noFindings(), passed: 2, failed: 1, failures: ['matmul: wrong'], facts: { adapter: 'a card', runs: 20 } }
  const tables = [{ title: 'Times', headers: ['op', 'ms'], rows: [['a|b\nc', 0.123456]] }]
  const text = markdown({ date: '2026-01-02', seconds: 3, parts: [{ ...part, ...findings, tables }] })
  for (const line of ['# Results of 2026-01-02', '| kernels | failed | 1.23 | 2 passed, 1 failed | 1 checks failed |', '- runs: 20'])
    assert.ok(text.includes(line), line)
  assert.ok(text.includes('Times\n\n| op | ms |\n|---|---|\n| a\\|b c | 0.123 |'))
  assert.ok(text.includes('What was wrong:\n\n- matmul: wrong'))
})

test('peak rates are found by a card’s name, the more exact name first', () => {
  assert.deepEqual(
    ['NVIDIA H100 80GB HBM3', 'NVIDIA H100 PCIe', 'NVIDIA H200', 'NVIDIA L4', 'NVIDIA L40S', 'llvmpipe (LLVM 15)'].map(
      (name) => cardOf(name)?.bandwidth,
    ),
    [3.35e12, 2e12, 4.8e12, 0.3e12, 0.864e12, undefined],
  )
})

test('hidden features are gone, and the rest of an adapter works as before', async () => {
  class Adapter {
    #name = 'native'
    features = new Set(['subgroups', 'shader-f16', 'timestamp-query'])
    get info() {
      return { description: this.#name }
    }
    async requestDevice() {
      return this.#name
    }
  }
  const adapter = without(new Adapter() as never, ['subgroups'])
  assert.deepEqual([...adapter.features], ['shader-f16', 'timestamp-query'])
  assert.equal(adapter.info.description, 'native')
  assert.equal(await adapter.requestDevice(), 'native')
})

test('run.sh unpacks with xz or Python, passes its options on, and takes packed libraries that the system lacks', async () => {
  const has = (name: string) => spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()
  if (process.platform !== 'linux' || !['xz', 'tar', 'python3'].every(has)) return
  const [pack, stage] = [join(folder, 'pack'), join(folder, 'stage')]
  for (const path of [pack, join(stage, 'lib')]) await mkdir(path, { recursive: true })
  // A stand-in for Node tells how it was called.
  await writeFile(join(folder, 'node'), `#!/bin/sh\necho "$@"\nls "\${LD_LIBRARY_PATH##*:}"\nexit 7\n`)
  for (const name of ['libc.so.6', 'libonlyhere.so.1']) await writeFile(join(stage, 'lib', name), '')
  spawnSync('sh', ['-c', `xz -c ${folder}/node >${pack}/node.xz && tar -cf - -C ${stage} . | xz -c >${pack}/files.tar.xz`])
  await writeFile(join(pack, 'run.sh'), await readFile('scripts/offline/run.sh'))
  const bare = join(folder, 'bare')
  await mkdir(bare)
  const programs = ['sh', 'dirname', 'mktemp', 'rm', 'mkdir', 'chmod', 'ln', 'tar', 'ls', 'cat']
  for (const name of programs) await symlink(has(name), join(bare, name))
  // A link would be another program for those that look at their own name.
  await writeFile(
    join(bare, 'python3'),
    `#!/bin/sh\nexec ${spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout.trim()} "$@"\n`,
  )
  await chmod(join(bare, 'python3'), 0o755)
  for (const PATH of [process.env['PATH'], bare]) {
    const { status, stdout, stderr } = spawnSync(has('sh'), [join(pack, 'run.sh'), 'some results', '--runs', '3'], {
      encoding: 'utf8',
      cwd: folder,
      env: { PATH, TMPDIR: folder },
    })
    assert.equal(status, 7, stderr)
    const [call, ...libraries] = stdout.trim().split('\n')
    assert.match(
      call,
      new RegExp(`^dist/bench/offline/main.js ${folder}/some results --work ${folder}/adzus-offline\\.\\w+/files --runs 3$`),
    )
    assert.deepEqual(libraries, ['libonlyhere.so.1'])
  }
})

test('packing leaves a person’s folder alone', async () => {
  const mine = join(folder, 'mine')
  await mkdir(mine)
  await writeFile(join(mine, 'thesis.txt'), 'years')
  const script = `import('./scripts/offline/pack.mjs').then(({ pack }) => pack(${JSON.stringify(mine)}))`
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  assert.notEqual(status, 0)
  assert.match(stderr, /expected (an empty folder or an older pack, got thesis\.txt|Linux on x64)|packing needs Linux/)
  assert.equal(await readFile(join(mine, 'thesis.txt'), 'utf8'), 'years')
})
