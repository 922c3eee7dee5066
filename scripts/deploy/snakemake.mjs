/** @file Snakemake on two cores: four parts, one killed in the middle, and the whole called again. */
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup.mjs'
import { pythonWith } from './python.mjs'
import { adzusPath, compare, OPTIONS, pictures, status, until } from './work.mjs'

export async function test(check) {
  const programs = pythonWith('snakemake', ['snakemake'])
  const folder = pictures(24)
  try {
    for (const name of ['Snakefile', 'config.yaml']) copyFileSync(join(root, 'deploy', 'snakemake', name), join(folder, name))
    const out = join(folder, 'results')
    const config = [`adzus=${process.execPath} ${adzusPath}`, `options=${OPTIONS.join(' ')}`]
    const start = () =>
      spawn(join(programs, 'snakemake'), ['--cores', '2', '--rerun-incomplete', '--retries', '0', '--config', ...config], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
    const finish = (child) => {
      let said = ''
      child.stderr.on('data', (text) => {
        said += text
      })
      return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })))
    }
    const first = finish(start())
    const running = () =>
      (existsSync(join(out, '.adzus', 'tasks')) ? status(out).tasks : []).find((task) => task.done > 0 && task.state === 'running')
    await until('work of a part', 180, running)
    process.kill(running().process, 'SIGKILL')
    const { code } = await first
    check('a killed part fails the workflow', code !== 0)
    const halfway = status(out)
    check('status: a part was killed, and pictures are left', halfway.left > 0 && halfway.tasks.some(({ state }) => state === 'killed'))
    const again = await finish(start())
    check('called again, it goes on to the end', again.code === 0, again.said.slice(-1500))
    const end = status(out)
    check('status: 24 of 24 done', end.done === 24 && end.left === 0 && end.failed.length === 0, end.done)
    compare(check, folder, out)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
