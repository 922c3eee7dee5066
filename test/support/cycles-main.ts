/** @file `node dist/test/support/cycles-main.js [backend] [count]`: a line for each cycle of load, segment, dispose (50 unless told otherwise). */
import process from 'node:process'
import type { BackendKind } from '../../src/index.ts'
import { cycles } from './cycles.ts'

const [backend = 'cpu', count = '50'] = process.argv.slice(2)
let cycle = 0
for await (const { threads, resident } of cycles(backend as BackendKind, Number(count)))
  console.log(`${++cycle}: ${threads} threads, ${resident} MiB resident`)
