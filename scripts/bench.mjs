/** @file `npm run bench [-- WORD…]`: sets everything up, then measures (`bench/main.ts`; `explorer` and `peers` are programs of their own). */
import { join } from 'node:path'
import { root, run, setup } from './setup.mjs'

setup()
const [word, ...rest] = process.argv.slice(2)
const own = { explorer: ['explorer', 'main.js'], peers: ['peers', 'main.js'] }[word]
run(process.execPath, [join(root, 'dist', 'bench', ...(own ?? ['main.js'])), ...(own ? rest : process.argv.slice(2))], {
  cwd: process.cwd(),
})
