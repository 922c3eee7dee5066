/** @file `npm run demo [-- IMAGE]`: sets everything up, then segments a picture with the embedded model (`examples/demo.ts`). */
import { join } from 'node:path'
import { root, run, setup } from './setup.mjs'

setup()
run(process.execPath, [join(root, 'dist', 'examples', 'demo.js'), ...process.argv.slice(2)])
