/** @file `npm run checkpoint -- FOLDER`: writes a checkpoint with random weights (`bench/checkpoint-main.ts`). */
import { join } from 'node:path'
import { root, run, setup } from './setup.mjs'

setup()
run(process.execPath, [join(root, 'dist', 'bench', 'checkpoint-main.js'), ...process.argv.slice(2)], { cwd: process.cwd() })
