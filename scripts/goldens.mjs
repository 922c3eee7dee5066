/** @file `npm run goldens -- FOLDER [--backend cpu|webgpu]`: compares the models with a folder of reference results. */
import { join } from 'node:path'
import { root, run, setup } from './setup.mjs'

setup()
run(process.execPath, [join(root, 'dist', 'test', 'support', 'goldens-main.js'), ...process.argv.slice(2)], { cwd: process.cwd() })
