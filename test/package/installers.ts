/**
 * @file What package managers say while they install the package: nothing but that Dawn's package
 * has an install script (it serves macOS alone, and Dawn runs without it), and without Dawn nothing.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { attempt, chosen } from '../support/attempts.ts'
import { install, inTemporaryFolder, pack, write } from '../support/packed.ts'

const INSTALLERS = {
  npm10: { packages: 'npm10@npm:npm@10', program: 'npm10/bin/npm-cli.js', add: 'install', without: '--omit=optional' },
  npm11: { packages: 'npm11@npm:npm@11', program: 'npm11/bin/npm-cli.js', add: 'install', without: '--omit=optional' },
  pnpm: { packages: 'pnpm@10', program: 'pnpm/bin/pnpm.cjs', add: 'add', without: '--no-optional' },
}

await inTemporaryFolder(async (folder) => {
  const tarball = pack(folder)
  const tools = join(folder, 'tools')
  const installers = chosen(INSTALLERS)
  install(
    tools,
    installers.map(([, { packages }]) => packages),
  )
  for (const [name, { program, add, without }] of installers)
    for (const dawn of [true, false])
      await attempt(`${name}, ${dawn ? 'with' : 'without'} Dawn`, () => {
        const project = join(folder, 'project')
        rmSync(project, { recursive: true, force: true })
        write(project, { 'package.json': '{ "private": true }' })
        const said = run(project, [join(tools, 'node_modules', program), add, ...(dawn ? [] : [without]), tarball])
        const warnings = said.split('\n').filter((line) => /warn|script/i.test(line) && !/user config/.test(line))
        const others = warnings.filter((line) => !/install-scripts|run scripts|build scripts: webgpu|╭ Warning ─/.test(line))
        assert.deepEqual(dawn ? others : warnings, [])
        run(project, [join('node_modules', 'adzus', 'bin', 'adzus.js'), 'doctor'])
        return warnings.length > 0 ? `a note on webgpu's install script` : 'no warning'
      })
})

/** Runs a program of Node's; all that it prints. */
function run(cwd: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } })
  assert.equal(status, 0, stdout + stderr)
  return stdout + stderr
}
