/** @file What the tests of deployments have in common: many small pictures, one undisturbed run of them, and comparing. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../setup.mjs'

export const adzusPath = join(root, 'bin', 'adzus.js')
/** Small, since the engine is what is tested, but slow enough to be killed in the middle. */
export const OPTIONS = ['--backend', 'cpu', '--threads', '1', '--size', '320', '--save', 'mask,labels,json,csv']

/** A program's output; fails with what it said. */
export function say(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28, ...options })
  if (error || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}\n${stdout}${stderr}`)
  return stdout
}

/** `adzus` with these arguments: its exit code and output. */
export function adzus(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [adzusPath, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  return { status, stdout, stderr }
}

/** A folder with `pictures` copies of the package's own. */
export function pictures(count) {
  const folder = mkdtempSync(join(tmpdir(), 'adzus-deploy-'))
  const source = join(root, 'data', 'bccd', 'images')
  const files = readdirSync(source).sort()
  mkdirSync(join(folder, 'pictures'))
  for (let i = 0; i < count; i++)
    copyFileSync(join(source, files[i % files.length]), join(folder, 'pictures', `p${String(i + 1).padStart(3, '0')}.jpg`))
  return folder
}

export const status = (out) => JSON.parse(adzus('status', out, '--json').stdout)
export const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/** Waits until something holds, asked every half second. */
export async function until(what, seconds, holds) {
  for (let i = 0; i < seconds * 2; i++) {
    if (await holds()) return
    await sleep(0.5)
  }
  throw new Error(`after ${seconds} s there is still not: ${what}`)
}

/** Checks that a folder has the same pictures' results as one run by itself, byte for byte. */
export function compare(check, folder, out) {
  const whole = join(folder, 'whole')
  adzus('segment', join(folder, 'pictures'), '-o', whole, '--quiet', ...OPTIONS)
  const names = readdirSync(whole).filter((name) => name.endsWith('.png'))
  const same = names.filter((name) => readFileSync(join(whole, name)).equals(readFileSync(join(out, name))))
  check(
    `${names.length} masks and label maps equal those of one run, byte for byte`,
    names.length > 0 && same.length === names.length,
    same.length,
  )
  const leftovers = readdirSync(out, { recursive: true }).filter((name) => /\.(tmp|claim|lease)$/.test(name))
  check('nothing half written or claimed is left', leftovers.length === 0, leftovers.join(', '))
  const tables = ['regions.csv']
  adzus('merge', whole, '-o', join(folder, 'whole-merged'), '--save', 'csv')
  for (const name of tables)
    check(
      `merged ${name} is that of one run`,
      readFileSync(join(folder, 'whole-merged', name)).equals(readFileSync(join(out, 'merged', name))),
    )
}
