/**
 * @file A contender in a process of Node: `node node.js NAME KIND THREADS` reads a request a line and answers each with one line. What libraries print goes to standard
 * error.
 */
import process from 'node:process'
import { createInterface } from 'node:readline'
import { openers } from './contenders.ts'
import { nodeHost } from './node-host.ts'
import { answers } from './protocol.ts'

const [name, kind, threads] = process.argv.slice(2)
console.log = console.info = console.warn = console.debug = console.error
const answer = answers(nodeHost, () => openers[name](nodeHost, kind, Number(threads)))
for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`)
process.exit(0)
