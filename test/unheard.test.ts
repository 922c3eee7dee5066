/**
 * @file What native code writes to standard error while adapters are looked for reaches nobody;
 * what comes before and after does.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'vitest'
import { hasWebGpu } from './support/backends.ts'
import { temporaryFolder } from './support/cli.ts'

/** Writes as native code does, past `process.stderr`, while another file is being read. */
const WRITER = `
import { writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { unheard } from './dist/src/platform/unheard.js'
const say = (text) => writeSync(2, text + '\\n')
console.error('before')
const reading = readFile('package.json')
const result = await unheard(async () => {
  say('dropped')
  await undefined
  return 7
})
console.error('after', result, (await reading).length > 0)
await unheard(async () => { throw new Error('reason') }).catch((error) => console.error(error.message))
`

/** Runs Node with a file as its standard error, which has a line already; what the file has then. */
function intoFile(folder: string, args: readonly string[], env: Record<string, string> = {}): string {
  const path = join(folder, 'errors.txt')
  const file = openSync(path, 'a')
  try {
    assert.equal(spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', file], env: { ...process.env, ...env } }).status, 0)
  } finally {
    closeSync(file)
  }
  return readFileSync(path, 'utf8')
}

test('only what is written within is dropped', { skip: process.platform !== 'linux' }, async (t) => {
  const text = intoFile(await temporaryFolder(t), ['--input-type=module', '--eval', WRITER])
  assert.equal(text, 'before\nafter 7 true\nreason\n')
})

test('a standard error that cannot be opened again is left as it is', { skip: process.platform !== 'linux' }, () => {
  // Node gives its children sockets.
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', WRITER], { encoding: 'utf8' })
  assert.equal(stderr, 'before\ndropped\nafter 7 true\nreason\n')
})

test('no driver, or a broken one, is no warning', { skip: process.platform !== 'linux' }, async (t) => {
  const folder = await temporaryFolder(t)
  const broken = join(folder, 'broken.json')
  writeFileSync(broken, '{ "file_format_version": "1.0.0", "ICD": { "library_path": "/nonexistent.so", "api_version": "1.3.0" } }')
  for (const driver of ['/nonexistent', broken])
    assert.equal(intoFile(folder, ['bin/adzus.js', 'doctor', '--json'], { VK_ICD_FILENAMES: driver, HF_HUB_CACHE: folder }), '')
})

test('Dawn’s warnings reach nobody', { skip: process.platform !== 'linux' || !(await hasWebGpu()) }, async (t) => {
  const folder = await temporaryFolder(t)
  assert.equal(intoFile(folder, ['bin/adzus.js', 'doctor', '--json']), '')
  const picture = 'data/bccd/images/BloodImage_00163.jpg'
  const args = ['bin/adzus.js', 'segment', picture, '--size', '64', '--backend', 'webgpu', '--overwrite', '-o', folder]
  assert.equal(intoFile(folder, [...args, '--quiet']), '')
  for (const line of intoFile(folder, args).trimEnd().split('\n')) assert.match(line, /^adzus: /)
})
