/**
 * @file `npm run offline -- pack DIR`: a folder with all that a machine with a graphics card but
 * without network and Node needs to check and measure ADZUS (docs/offline.md).
 * `npm run offline -- rehearse [DIR] [OPTIONS of run.sh]` packs and runs it in a root of its own,
 * without network, on the software adapter of Mesa.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pack } from './offline/pack.mjs'
import { rehearse } from './offline/rehearse.mjs'
import { setup } from './setup.mjs'

const USAGE = 'usage: npm run offline -- pack DIR | rehearse [DIR] [OPTIONS of run.sh]'

/** Packs into a folder, the given one or in haste into a temporary one, and goes on with it. */
async function withPack(folder, goOn) {
  const own = folder === undefined ? mkdtempSync(join(tmpdir(), 'adzus-offline-')) : resolve(folder)
  try {
    setup()
    pack(own, folder === undefined ? 1 : undefined)
    return await goOn(own)
  } finally {
    if (folder === undefined) rmSync(own, { recursive: true, force: true })
  }
}

const [command, ...rest] = process.argv.slice(2)
const folder = rest[0]?.startsWith('-') ? undefined : rest.shift()
if (command === 'pack' ? folder === undefined || rest.length > 0 : command !== 'rehearse') {
  console.error(USAGE)
  process.exitCode = 2
} else {
  try {
    process.exitCode = await withPack(folder, command === 'pack' ? () => 0 : (own) => rehearse(own, rest))
  } catch (error) {
    console.error(`offline: ${error.message}`)
    process.exitCode = 1
  }
}
