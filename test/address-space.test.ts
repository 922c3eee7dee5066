/**
 * @file Limited address space (`ulimit -v`): a run works, slower if need be, or one error says what is short; never a stack, never a signal. Linux, Node and a shell.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, test } from 'vitest'
import { disc, writePng } from './support/pictures.ts'

const skip = process.platform !== 'linux' || 'Deno' in globalThis
const folder = await mkdtemp(join(tmpdir(), 'adzus-space-'))
afterAll(() => rm(folder, { recursive: true }))
const png = join(folder, 'disc.png')
await writeFile(png, writePng({ width: 60, height: 40, colour: 'rgb', depth: 8, samples: disc(60, 40) }))
const jpeg = 'data/bccd/images/BloodImage_00163.jpg'

const UNGUARDED = '--disable-wasm-trap-handler'
const hasOption = process.allowedNodeEnvironmentFlags.has(UNGUARDED)

/** Segments a picture with so many GiB of address space. */
function segment(picture: string, gibibytes: number, options = '') {
  const command = [
    process.execPath,
    'bin/adzus.js',
    'segment',
    picture,
    '-o',
    join(folder, 'out'),
    '--overwrite',
    '--size',
    '64',
    '--backend',
    'cpu',
  ]
  const ended = spawnSync('sh', ['-c', `ulimit -v ${gibibytes * 2 ** 20}; exec "$@"`, 'sh', ...command], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: options, ADZUS_CACHE: 'off', ADZUS_THREADS: '2' },
  })
  // Which backend runs is another test's business.
  return { ...ended, stderr: ended.stderr.replace(/^adzus: running on .*\n/m, '') }
}

const labels = () => readFile(join(folder, 'out', 'disc.labels.png'))

test('pictures are segmented under a limit, in plain TypeScript where WebAssembly has no room', { skip }, async () => {
  assert.deepEqual([segment(png, 64).status, segment(png, 64).stderr], [0, ''])
  const expected = await labels()
  for (const gibibytes of [4, 8, 16, 24]) {
    const { status, signal, stderr } = segment(png, gibibytes)
    assert.deepEqual([status, signal], [0, null], `${gibibytes} GiB: ${stderr}`)
    const note =
      gibibytes < 12 ? /^adzus: computing in plain TypeScript.*ulimit -v.*NODE_OPTIONS=--disable-wasm-trap-handler\)\n$/ : /^$|plain/
    assert.match(stderr, note, `${gibibytes} GiB`)
    assert.deepEqual(await labels(), expected)
  }
})

test('a JPEG file whose decoder has no room is that picture’s error', { skip }, () => {
  for (const gibibytes of [4, 8]) {
    const { status, signal, stderr } = segment(jpeg, gibibytes)
    assert.deepEqual([status, signal], [1, null], stderr)
    assert.match(stderr, /1 of 1 images failed:\n.*BloodImage_00163\.jpg: image.*decoder \(.*mozjpeg.*address space.*\n$/)
    assert.doesNotMatch(stderr, /^ +at |node:internal/m)
  }
})

test('without guarded memories less address space will do', { skip: skip || !hasOption }, () => {
  for (const gibibytes of [6, 8]) {
    const { status, stderr } = segment(jpeg, gibibytes, UNGUARDED)
    assert.deepEqual([status, stderr], [0, ''])
  }
})
