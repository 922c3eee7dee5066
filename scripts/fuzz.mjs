/** @file `npm run fuzz [-- --count N --minutes N --seed S READER…]`: damaged inputs through every reader (`test/fuzz`). */
import { join } from 'node:path'
import { root, run, setup } from './setup.mjs'

setup()
run(process.execPath, [join(root, 'dist', 'test', 'fuzz', 'main.js'), ...process.argv.slice(2)])
