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
      spawn(join(programs, 'snakemake'), ['--cores', '2', '--rerun-incomplete', '--config', ...config], {
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
    const { code, said } = await first
    check('a killed part is tried again and goes on where it stopped, and the workflow ends well', code === 0, said.slice(-1500))
    const end = status(out)
    check(
      'status: a part was killed',
      end.tasks.some(({ state }) => state === 'killed'),
    )
    check('status: 24 of 24 done', end.done === 24 && end.left === 0 && end.failed.length === 0, end.done)
    const done = end.tasks.reduce((sum, task) => sum + task.done, 0)
    // What a killed part did in its last second it may not have told.
    check('no picture was done twice', done <= 24 && done >= 23, done)
    const again = await finish(start())
    check('called again, there is nothing to do', again.code === 0 && /Nothing to be done/.test(again.said), again.said.slice(-500))
    compare(check, folder, out)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
