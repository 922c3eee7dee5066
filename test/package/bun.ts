/** @file The packed package in Bun: library, command line, CommonJS. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { attempt } from '../support/attempts.ts'
import { expected, project, type Runtime, runCommandLine, runLibrary } from '../support/first-mask.ts'
import { inTemporaryFolder, runIn, write } from '../support/packed.ts'

await inTemporaryFolder(async (folder) => {
  const result = await expected()
  await project(folder, ['bun'])
  const bun: Runtime = [bunOf(folder)]
  const version = runIn(folder, bun[0], ['--version']).trim()
  write(folder, { 'require.cjs': "console.log(typeof require('adzus').Adzus.load)" })
  await attempt(`Bun ${version}, library`, () => runLibrary(folder, bun, result))
  await attempt(`Bun ${version}, command line`, () => runCommandLine(folder, bun, result, 'bun'))
  await attempt(`Bun ${version}, CommonJS`, () => {
    assert.equal(runIn(folder, bun[0], ['require.cjs']).trim(), 'function')
    return 'require()'
  })
})

/** Bun itself: in the package of this platform, or where the install script of `bun` has put it. */
function bunOf(folder: string): string {
  const packages = join(folder, 'node_modules', '@oven')
  const places = [...readdirSync(packages).map((name) => join(packages, name)), join(folder, 'node_modules', 'bun')]
  const paths = places.flatMap((place) => ['bun', 'bun.exe'].map((file) => join(place, 'bin', file)))
  const found = paths.find(existsSync)
  assert.ok(found, `no bun in ${paths.join(', ')}`)
  return found
}
