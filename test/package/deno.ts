/** @file The packed package in Deno: library, command line, each missing permission by its flag. */
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { attempt } from '../support/attempts.ts'
import { expected, project, runCommandLine, runLibrary } from '../support/first-mask.ts'
import { inTemporaryFolder, runIn, write } from '../support/packed.ts'

const DENO = [process.execPath, resolve('node_modules', 'deno', 'bin.cjs'), 'run', '--no-prompt'] as const
/** Prints the error of a model of the hub. */
const HUB = `import { Adzus } from 'adzus'
await Adzus.load('owner/name', { backend: 'cpu' }).catch((error) => console.log(error.name, error.message))
`
/** Prints the error of what is asked for first. */
const FIRST = `import { Adzus } from 'adzus'
await Adzus.load(undefined, { backend: 'cpu' }).then(() => console.log('loads'), (error) => console.log(error.name, error.message))
`
/** What is missing after each flag: of the embedded model, then of the hub's. */
const STEPS = [
  { program: 'first.js', flags: [], missing: 'read' },
  { program: 'first.js', flags: ['read'], missing: 'env' },
  { program: 'first.js', flags: ['read', 'env'], missing: undefined },
  { program: 'hub.js', flags: ['read', 'env'], missing: 'sys' },
  { program: 'hub.js', flags: ['read', 'env', 'sys'], missing: 'net' },
] as const

await inTemporaryFolder(async (folder) => {
  const result = await expected()
  await project(folder, [], ['--omit=optional'])
  write(folder, { 'hub.js': HUB, 'first.js': FIRST })
  const [version] = /^deno [\d.]+/.exec(runIn(folder, DENO[0], [DENO[1], '--version']))!
  await attempt(`${version}, library`, () => runLibrary(folder, [...DENO, '--allow-read', '--allow-env'], result))
  await attempt(`${version}, command line`, () => runCommandLine(folder, [...DENO, '--allow-all'], result, 'deno'))
  for (const { program, flags, missing } of STEPS) {
    const given = flags.map((flag) => `--allow-${flag}`)
    await attempt(`${version}, ${program} with ${given.join(' ') || 'no permission'}`, () => {
      const said = runIn(folder, DENO[0], [...DENO.slice(1), ...given, program], { HF_HUB_CACHE: '' }).trim()
      if (missing === undefined) assert.equal(said, 'loads')
      else assert.match(said, new RegExp(`^AdzusError deno: .*Run again with --allow-${missing}, or with -A for all\\.$`))
      return said
    })
  }
})
