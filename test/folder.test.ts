/** @file Making folders: beside others that make the same ones, and where that is refused. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { makeFolder } from '../src/platform/folder.ts'
import { temporaryFolder } from './support/cli.ts'

test('many may make the same folders at once', async (t) => {
  const root = await temporaryFolder(t)
  for (let round = 0; round < 20; round++) {
    const paths = Array.from({ length: 16 }, (_, i) => join(root, `${round}`, 'a', 'b', `${i % 4}`))
    await Promise.all(paths.map(makeFolder))
    for (const path of paths) assert.ok((await stat(path)).isDirectory())
  }
})

test('what is refused is an error, and there are no endless tries', { timeout: 30_000 }, async (t) => {
  const root = await temporaryFolder(t)
  await writeFile(join(root, 'file'), '')
  await assert.rejects(makeFolder(join(root, 'file')), /EEXIST/)
  await assert.rejects(makeFolder(join(root, 'file', 'below')), /ENOTDIR|ENOENT/)
  await assert.rejects(makeFolder(''), /ENOENT/)
  if (existsSync('/proc')) await assert.rejects(makeFolder('/proc/adzus/below'), /ENOENT/)
})
