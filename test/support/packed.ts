/** @file The package as npm packs it, in temporary projects. Needs the registry for other packages. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** npm is a script of the shell's on Windows. */
const shell = process.platform === 'win32'

/** Runs a program in a folder; what it prints. Fails with its output where it does. */
export function runIn(folder: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  try {
    const options = { cwd: folder, encoding: 'utf8', stdio: 'pipe', shell: /^np[mx]$/.test(command) && shell } as const
    return execFileSync(command, args, { ...options, env: { ...process.env, NO_COLOR: '1', ...env } })
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string }
    throw new Error(`${command} ${args.join(' ')}\n${stdout ?? message}${stderr ?? ''}`)
  }
}

/**
 * Builds and packs into a folder, from a copy, so that nothing an earlier build left in `dist` is
 * packed; the tarball's path. `ADZUS_TARBALL` names one that is there already.
 */
export function pack(folder: string): string {
  const there = process.env['ADZUS_TARBALL']
  if (there) return there
  const copy = join(folder, 'package')
  const { files }: { files: string[] } = JSON.parse(readFileSync('package.json', 'utf8'))
  const copied = ['package.json', 'README.md', 'LICENSE', ...files.filter((file) => !/[!*]/.test(file))]
  for (const file of copied) cpSync(file, join(copy, file), { recursive: true })
  const compiler = [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.', '--sourceMap', 'false']
  runIn('.', process.execPath, [...compiler, '--outDir', join(copy, 'dist')])
  const [{ filename }] = JSON.parse(runIn(copy, 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', resolve(folder)]))
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
export function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), contents)
  }
}

/** Makes a folder a project with packages (names, `name@version`, paths of tarballs); what npm says. */
export function install(folder: string, packages: readonly string[], options: readonly string[] = []): string {
  if (!existsSync(join(folder, 'package.json'))) write(folder, { 'package.json': '{ "private": true, "type": "module" }' })
  return runIn(folder, 'npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...options, ...packages])
}
