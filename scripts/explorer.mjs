/**
 * @file `npm run explorer [-- --port N --build]`: builds the attention explorer into out/explorer
 * and serves it on loopback until it is ended. `--build` only builds.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, setup } from './setup.mjs'

const { values } = parseArgs({ options: { port: { type: 'string', default: '8765' }, build: { type: 'boolean', default: false } } })
setup()
const { bundle } = await import('./explorer/bundle.mjs')
const { serve } = await import('./explorer/serve.mjs')
const out = join(root, 'out', 'explorer')
await bundle(out)
if (!values.build) {
  const { base } = await serve(out, { port: Number(values.port) })
  console.log(`The attention explorer: ${base} (end with Ctrl+C)`)
}
