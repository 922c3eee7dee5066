/**
 * @file `npm run explorer [-- --port N --no-open --build]`: builds the attention explorer into
 * out/explorer, serves it on loopback and opens it in the browser, until it is ended. `--no-open`
 * only says the address, which also happens where there is no terminal; `--build` only builds.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, setup } from './setup.mjs'

const OPTIONS = {
  port: { type: 'string', default: '8765' },
  'no-open': { type: 'boolean', default: false },
  build: { type: 'boolean', default: false },
}

function options() {
  try {
    const { values } = parseArgs({ options: OPTIONS })
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65535)
      throw new Error(`--port: expected a number from 0 to 65535, got ${values.port}`)
    return values
  } catch ({ message }) {
    console.error(`explorer: ${message}`)
    process.exit(2)
  }
}

const { port, build, 'no-open': quiet } = options()
setup()
const { bundle } = await import('./explorer/bundle.mjs')
const { serveFrom } = await import('./explorer/serve.mjs')
const { openBrowser } = await import('./explorer/open-browser.mjs')
const out = join(root, 'out', 'explorer')
// No service worker: it would answer for whatever is served on this port another day.
await bundle(out, { serviceWorker: false })
if (!build) {
  const { base, close } = await serveFrom(out, Number(port)).catch(({ message }) => {
    console.error(`explorer: ${message}`)
    process.exit(1)
  })
  console.log(`The attention explorer: ${base} (end with Ctrl+C)`)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close)
  if (!quiet && process.stdout.isTTY && !(await openBrowser(base))) console.log('No browser was found: open the address yourself.')
}
