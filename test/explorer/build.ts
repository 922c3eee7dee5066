/** @file Packs the explorer once for all of its tests, from the built library. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export const BUILT = join(process.cwd(), 'out', 'explorer')

export function setup(): void {
  const script = `import { bundle } from './scripts/explorer/bundle.mjs'\nawait bundle(${JSON.stringify(BUILT)})`
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'inherit'] })
}
