/**
 * @file `npm run docs [-- --check]`: builds the site of the documentation into out/docs, from
 * README, docs/ and the docstrings of the API. It works on any static host and from the disk.
 * `--check` then runs every test of the documents, the slow ones and those of the site included.
 *
 * TypeDoc reads sources by the compiler's JavaScript API, which TypeScript 7 does not have. So it
 * stands with a TypeScript 6 in a folder of its own, scripts/docs, and is installed when it is
 * first needed.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, setup } from './setup.mjs'

const args = process.argv.slice(2)
const unknown = args.filter((arg) => arg !== '--check')
if (unknown.length > 0) {
  console.error(`docs: expected --check or nothing, got ${unknown.join(' ')}`)
  process.exit(2)
}
setup()
const folder = join(root, 'scripts', 'docs')
const installed = join(folder, 'node_modules', '.package-lock.json')
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(folder, 'package-lock.json')).mtimeMs) {
  console.error('Installing TypeDoc …')
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
}
run(process.execPath, [join('node_modules', 'typedoc', 'bin', 'typedoc'), '--options', 'typedoc.config.mjs'], { cwd: folder })
if (args.includes('--check'))
  run(process.execPath, [join('scripts', 'test.mjs'), 'docs', '--project', 'cpu'], { env: { ...process.env, ADZUS_DOCS: '1' } })
