/**
 * @file `npm run fuzz -- [--count N] [--minutes N] [--seed S] [READER…]`: damaged files, configurations,
 * names and options through everything that reads them. Each input must be read or refused with an
 * `AdzusError` within 5 seconds and 1 GB. What fails is kept in `out/fuzz`. Ends with
 * "N passed, N failed", counting readers.
 */
import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { inputOf, READERS } from './readers.ts'

const FOLDER = 'out/fuzz'
/** Inputs that one process reads. */
const BATCH = 2000
const SECONDS = 5
const BYTES = 2 ** 30
/** Milliseconds between two looks at a process. */
const LOOK = 50

interface Failure {
  index: number
  reason: string
}

interface Batch {
  /** Inputs that were read or refused as they should be. */
  done: number
  accepted: number
  failures: Failure[]
  /** Where the next process begins. */
  next: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '2000' },
    minutes: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})
const [count, seed] = [Number(values.count), Number(values.seed)]
const unknown = positionals.filter((name) => !Object.hasOwn(READERS, name))
if (unknown.length > 0 || !(count > 0) || !Number.isInteger(seed) || !(Number(values.minutes ?? 1) > 0)) {
  console.error(`fuzz: expected [--count N] [--minutes N] [--seed S] and readers (${Object.keys(READERS).join(', ')})`)
  process.exit(2)
}
const end = values.minutes === undefined ? Infinity : performance.now() + 60_000 * Number(values.minutes)
const names = positionals.length > 0 ? positionals : Object.keys(READERS)
let [passed, failed] = [0, 0]
console.log(
  `${'reader'.padEnd(15)}${'inputs'.padStart(8)}${'read'.padStart(8)}${'refused'.padStart(9)}${'failed'.padStart(8)}${'seconds'.padStart(9)}`,
)
// With a limit of time, every reader has an equal share of it.
const share = (end - performance.now()) / Math.ceil(names.length / availableParallelism())
const waiting = [...names]
const lane = async () => {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (await fuzzed(name, performance.now() + share)) passed++
    else failed++
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, lane))
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

/** All inputs of a reader, in processes one after another. Returns whether none failed. */
async function fuzzed(name: string, until: number): Promise<boolean> {
  const start = performance.now()
  const failures: Failure[] = []
  let [done, accepted, next] = [0, 0, 0]
  const goal = end === Infinity ? count : Infinity
  while (next < goal && performance.now() < until) {
    const batch = await ran(name, next, Math.min(next + BATCH, goal))
    done += batch.done
    accepted += batch.accepted
    failures.push(...batch.failures)
    next = batch.next
  }
  for (const { index, reason } of failures) await keep(name, index, reason)
  const numbers = [done, accepted, done - accepted - failures.length, failures.length, (performance.now() - start) / 1000]
  const widths = [8, 8, 9, 8, 9]
  console.log(name.padEnd(15) + numbers.map((n, i) => n.toFixed(i === 4 ? 1 : 0).padStart(widths[i])).join(''))
  for (const { index, reason } of failures.slice(0, 5)) console.log(`  ${index}: ${reason}`)
  return failures.length === 0
}

/** One process, until it ends or an input takes too much. */
function ran(name: string, from: number, to: number): Promise<Batch> {
  return new Promise((resolve, reject) => {
    const worker = fileURLToPath(new URL('./worker.js', import.meta.url))
    const limits = [name, seed, from, to].map(String)
    const child = spawn(process.execPath, [worker, ...limits], { stdio: ['ignore', 'pipe', 'pipe'] })
    const batch: Batch = { done: 0, accepted: 0, failures: [], next: to }
    let [current, since, idle] = [from - 1, performance.now(), 0]
    let reason: string | undefined
    let ended = false
    let complaint = ''
    createInterface({ input: child.stdout }).on('line', (line) => {
      since = performance.now()
      const [, index, fault] = /^! (\d+) (.*)$/.exec(line) ?? []
      if (index !== undefined) batch.failures.push({ index: Number(index), reason: fault })
      else if (line.startsWith('end ')) {
        ended = true
        batch.accepted = Number(line.slice(4))
      } else if (line !== 'ready') current = Number(line)
    })
    child.stderr.on('data', (text) => {
      complaint = `${complaint}${text}`.slice(-600)
    })
    const timer = setInterval(async () => {
      const bytes = await residentBytes(child.pid!)
      // Before its first input, a process has what it needs at any rate.
      if (current < from) {
        idle = bytes
        since = performance.now()
      } else if (performance.now() - since > 1000 * SECONDS) reason ??= `more than ${SECONDS} s`
      else if (bytes - idle > BYTES) reason ??= `${(bytes / 1e9).toFixed(1)} GB`
      if (reason !== undefined) child.kill('SIGKILL')
    }, LOOK)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearInterval(timer)
      if (!ended) {
        if (current < from) return reject(new Error(`fuzz: ${name} did not start: ${complaint}`))
        batch.failures.push({ index: current, reason: reason ?? `ended with ${signal ?? code}: ${complaint.replaceAll('\n', ' ')}` })
        batch.next = current + 1
      }
      batch.done = batch.next - from
      resolve(batch)
    })
  })
}

/** Memory that a process holds; 0 where the system does not say. */
async function residentBytes(id: number): Promise<number> {
  const text = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '')
  return 1024 * Number(/VmRSS:\s*(\d+)/.exec(text)?.[1] ?? 0)
}

/** Stores an input that failed, and why. */
async function keep(name: string, index: number, reason: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  const path = `${FOLDER}/${name}-${seed}-${index}`
  await writeFile(path, inputOf(name, await READERS[name].seeds(), seed, index))
  await writeFile(`${path}.txt`, `${reason}\n`)
}
