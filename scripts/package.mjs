/**
 * @file `npm run test:package [-- NAME…]`: packs the package and tries the tarball as a user would, in temporary projects (`test/package/NAME.ts`;
 * all of them without a NAME). Needs the registry. Ends with exit code 1 where one failed.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root, setup } from './setup.mjs'

setup()
const folder = join(root, 'dist', 'test', 'package')
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -'.js'.length))
const names = process.argv.slice(2)
const unknown = names.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`test:package: expected names out of ${known.join(', ')}, got ${unknown.join(', ')}`)
  process.exit(2)
}
const failed = (names.length > 0 ? names : known).filter((name) => {
  console.log(`— ${name}`)
  return spawnSync(process.execPath, [join(folder, `${name}.js`)], { cwd: root, stdio: 'inherit' }).status !== 0
})
console.log(failed.length > 0 ? `failed: ${failed.join(', ')}` : 'all passed')
process.exitCode = failed.length > 0 ? 1 : 0
