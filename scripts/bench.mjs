/** @file `npm run bench [-- WORD…]`: sets everything up, then measures (`bench/main.ts`; `quality` is a program of its own). */
import { join } from 'node:path'
import { root, run, setup } from './setup.mjs'

setup()
const [word, ...rest] = process.argv.slice(2)
const [program, args] = word === 'quality' ? ['quality', rest] : ['main', process.argv.slice(2)]
run(process.execPath, [join(root, 'dist', 'bench', `${program}.js`), ...args], { cwd: process.cwd() })
