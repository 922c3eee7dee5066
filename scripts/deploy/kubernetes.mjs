/** @file The Kubernetes files as `kubectl` understands them, with no cluster: kustomize, and the published schemas. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../setup.mjs'
import { pythonWith } from './python.mjs'
import { say } from './work.mjs'

export async function test(check) {
  if (spawnSync('kubectl', ['version', '--client']).status !== 0) {
    say('apt-get', ['update', '-qq'])
    say('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'kubernetes-client'])
  }
  const programs = pythonWith('kubernetes', ['kubernetes-validate'])
  const folder = mkdtempSync(join(tmpdir(), 'adzus-kubernetes-'))
  try {
    for (const name of ['base', 'gpu', 'merge']) {
      const made = spawnSync('kubectl', ['kustomize', join(root, 'deploy', 'kubernetes', name)], { encoding: 'utf8' })
      check(`kubectl kustomize ${name}`, made.status === 0, made.stderr)
      const file = join(folder, `${name}.yaml`)
      writeFileSync(file, made.stdout)
      const valid = spawnSync(join(programs, 'kubernetes-validate'), ['--strict', '-k', '1.29', file], { encoding: 'utf8' })
      check(`${name} is valid by the schemas of Kubernetes 1.29`, valid.status === 0, valid.stdout + valid.stderr)
      if (name !== 'gpu') continue
      check('the overlay asks for a card and for WebGPU', /nvidia\.com\/gpu: 1/.test(made.stdout) && /--backend=webgpu/.test(made.stdout))
    }
    const job = ['create', 'job', 'adzus', '--image=adzus', '--dry-run=client', '--output=yaml', '--', 'segment', '/data']
    check('a client’s dry run', spawnSync('kubectl', job).status === 0)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
