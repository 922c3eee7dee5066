/**
 * @file `npm run build:site [-- --out DIR --no-docs]`: writes a folder (default: out/site) that any
 * static host serves, below whatever path: the attention explorer, with the documentation in docs/.
 * Each leads to the other. `--no-docs` leaves the documentation out, which takes its time.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root, run, setup } from './setup.mjs'

const OPTIONS = { out: { type: 'string', default: join(root, 'out', 'site') }, 'no-docs': { type: 'boolean', default: false } }

function options() {
  try {
    const { values } = parseArgs({ options: OPTIONS })
    const out = resolve(values.out)
    // The folder is made anew: what is no site stays.
    const strange = existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, 'service-worker.js'))
    if (strange) throw new Error(`--out: expected a new folder or one with such a site, got ${out}`)
    return { out, docs: !values['no-docs'] }
  } catch ({ message }) {
    console.error(`build:site: ${message}`)
    process.exit(2)
  }
}

const { out, docs } = options()
if (docs) run(process.execPath, [join('scripts', 'docs.mjs')])
else setup()
const { buildSite } = await import('./explorer/site.mjs')
await buildSite(out, docs ? join(root, 'out', 'docs') : undefined)
console.log(`The site: ${out}`)
