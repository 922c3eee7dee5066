/**
 * @file What the package declares compiles strictly where no types of a platform are there: neither
 * the DOM's nor Node's nor WebGPU's.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'

const COMPILER = join('node_modules', 'typescript', 'bin', 'tsc')

test('the declarations need no types of a platform', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'adzus-types-'))
  t.onTestFinished(() => rmSync(folder, { recursive: true }))
  const options = ['--ignoreConfig', '--noEmit', '--strict', '--listFiles', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2023']
  // Without `types` at all, those of `typeRoots` are taken.
  const args = [COMPILER, ...options, '--typeRoots', folder, join('dist', 'src', 'index.d.ts')]
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  const lines = stdout.split('\n')
  assert.deepEqual(
    lines.filter((line) => line.includes('error TS')),
    [],
  )
  assert.equal(status, 0)
  assert.ok(lines.some((line) => line.endsWith('dist/src/adzus/view.d.ts')))
  assert.deepEqual(
    lines.filter((line) => line.includes('dist/src/platform/')),
    [],
  )
})
