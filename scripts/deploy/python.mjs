/** @file A Python with packages of its own, made once below `node_modules/.cache`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup.mjs'
import { say } from './work.mjs'

/** The folder of programs of an environment that has these packages. */
export function pythonWith(name, packages) {
  const folder = join(root, 'node_modules', '.cache', 'adzus-python', name)
  const programs = join(folder, 'bin')
  const ready = join(folder, 'ready')
  if (!existsSync(ready)) {
    say('python3', ['-m', 'venv', folder])
    say(join(programs, 'pip'), ['install', '--quiet', ...packages])
    say('touch', [ready])
  }
  return programs
}
