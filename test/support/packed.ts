/** @file The package as npm packs it, in temporary projects. Needs the registry for other packages. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** npm is a script of the shell's on Windows. */
const shell = process.platform === 'win32'

/** Runs a program in a folder; what it prints. Fails with its output where it does. */
export function runIn(folder: string, command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe', shell: command === 'npm' && shell })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`)
  }
}

/** Builds as for a release and packs into a folder; the tarball's path. */
export function pack(folder: string): string {
  runIn('.', process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.', '--sourceMap', 'false'])
  const [{ filename }] = JSON.parse(runIn('.', 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]))
  return join(folder, filename)
}

/** Gives a folder for the time of some work. */
export async function inTemporaryFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'adzus-package-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes files, by their paths below a folder. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** Makes a folder a project with these packages (names, `name@version`, or paths of tarballs). */
export function install(folder: string, packages: readonly string[], options: readonly string[] = []): void {
  write(folder, { 'package.json': '{ "private": true, "type": "module" }' })
  runIn(folder, 'npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...options, ...packages])
}
