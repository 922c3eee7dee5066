/** @file `npm run same -- BEFORE AFTER`: compares two folders of results (`test/support/same-main.ts`). */
import { join } from 'node:path'
import { root, run, setup } from './setup.mjs'

setup()
run(process.execPath, [join(root, 'dist', 'test', 'support', 'same-main.js'), ...process.argv.slice(2)], { cwd: process.cwd() })
