/**
 * @file The packed package in the lowest Node that `engines` allows, and in later ones: library,
 * command line, and CommonJS, which can require it from Node 22.12 (and 20.19) on.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt, chosen } from '../support/attempts.ts'
import { expected, project, type Runtime, runCommandLine, runLibrary } from '../support/first-mask.ts'
import { install, inTemporaryFolder, runIn, write } from '../support/packed.ts'

const [, lowest] = /^>=(.*)$/.exec(JSON.parse(readFileSync('package.json', 'utf8')).engines.node)!
const VERSIONS = { lowest: `${lowest}.0`, 22: '22', 24: '24' }

await inTemporaryFolder(async (folder) => {
  const result = await expected()
  await project(folder)
  write(folder, {
    'require.cjs': "console.log(typeof require('adzus').Adzus.load)",
    'import.cjs': "import('adzus').then(({ Adzus }) => console.log(typeof Adzus.load))",
  })
  for (const [name, version] of chosen(VERSIONS)) {
    const node: Runtime = [nodeOf(join(folder, `node-${name}`), version)]
    const exact = runIn(folder, node[0], ['--version']).trim()
    await attempt(`${exact}, library`, () => runLibrary(folder, node, result))
    await attempt(`${exact}, command line`, () => runCommandLine(folder, node, result, name))
    await attempt(`${exact}, CommonJS`, () => {
      assert.equal(runIn(folder, node[0], ['import.cjs']).trim(), 'function')
      if (!canRequire(exact)) {
        assert.throws(() => runIn(folder, node[0], ['require.cjs']), /ERR_REQUIRE_ESM/)
        return 'import()'
      }
      assert.equal(runIn(folder, node[0], ['require.cjs']).trim(), 'function')
      return 'import() and require()'
    })
  }
})

/** Node itself, from the package of this platform; `node` would need its install script. */
function nodeOf(folder: string, version: string): string {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${platform}-${process.arch}`
  install(folder, [`${name}@${version}`])
  return join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

function canRequire(version: string): boolean {
  const [major, minor] = version.slice(1).split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)
}
