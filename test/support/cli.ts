/** @file Running the command line in a process of its own, and temporary folders for what it reads and writes. */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import process from 'node:process'
import type { TestContext } from 'vitest'
import { packageRoot } from '../../src/platform/directory.ts'

export interface Ended {
  /** Exit code; null where a signal ended it. */
  code: number | null
  stdout: string
  /** Without the line that names the backend. */
  stderr: string
  /** Which backend runs, where that was said. */
  running?: string
}

/** Starts `adzus` with these arguments, and `env` in addition to the environment. `onOutput` sees standard output grow. */
export function adzus(
  args: readonly string[],
  {
    cwd,
    env,
    onStart,
    onOutput,
  }: {
    cwd?: string
    env?: Record<string, string>
    onStart?: (child: ReturnType<typeof spawn>) => void
    onOutput?: (text: string) => void
  } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(packageRoot(), 'bin', 'adzus.js'), ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended: Ended = { code: null, stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      ended.stdout += text
      onOutput?.(ended.stdout)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      ended.stderr += text
    })
    child.on('error', reject)
    child.on('close', (code) => {
      const [line, running] = /^adzus: running on (.*)\n/m.exec(ended.stderr) ?? ['']
      resolve({ ...ended, code, running, stderr: ended.stderr.replace(line, '') })
    })
    onStart?.(child)
  })
}

/** A folder that is removed after the test. */
export async function temporaryFolder(t: Pick<TestContext, 'onTestFinished'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'adzus-test-'))
  t.onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** All files below a folder, relative, sorted; none where it is missing. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((e) => e.isFile())
    .map((e) => relative(folder, join(e.parentPath ?? e.path, e.name)).replaceAll('\\', '/'))
    .sort()
}
