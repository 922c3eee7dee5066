/**
 * @file The offline run: every part in a process of its own, one after another, within a budget of
 * time. `scripts/offline/run.sh` calls it on the machine with the card; docs/offline.md tells how.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { BUDGET, PARTS, type Part, type Settings } from './parts.ts'
import { markdown, noFindings, type PartResult, type Results, type Status } from './report.ts'

const USAGE = `usage: run.sh [OUT] [--parts NAME,…] [--budget SECONDS] [--work FOLDER] [--family NAME] [--size N] [--runs N] [--cases N] [--goldens NAME,…] [--side N] [--python PROGRAM]
parts: ${PARTS.map(({ name }) => name).join(', ')}`
/** Seconds below which no part is begun. */
const LEAST = 5

interface Call {
  out: string
  work: string
  budget: number
  parts: readonly Part[]
  settings: Settings
}

/** The call, or what is wrong with it. */
function read(): Call | string {
  const text = (value: string) => ({ type: 'string', default: value }) as const
  let parsed: ReturnType<typeof parse>
  const parse = () =>
    parseArgs({
      allowPositionals: true,
      options: {
        parts: text(''),
        budget: text(`${BUDGET}`),
        work: text(''),
        family: text('sd15'),
        size: text('512'),
        runs: text('20'),
        cases: text('1000'),
        goldens: text(''),
        side: text('64'),
        python: text('python3'),
      },
    })
  try {
    parsed = parse()
  } catch (error) {
    return (error as Error).message
  }
  const { positionals, values } = parsed
  const names = values.parts === '' ? PARTS.map(({ name }) => name) : values.parts.split(',')
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name))
  if (unknown !== undefined) return `--parts: expected some of the parts below, got ${unknown}`
  for (const name of ['budget', 'size', 'runs', 'cases', 'side'] as const)
    if (!(Number.isInteger(Number(values[name])) && Number(values[name]) > 0))
      return `--${name}: expected a whole number above 0, got ${values[name]}`
  if (positionals.length > 1) return `expected one folder, got ${positionals.join(', ')}`
  const out = resolve(positionals[0] ?? 'results')
  const { family, python } = values
  const goldens = values.goldens === '' ? [] : values.goldens.split(',')
  const settings = {
    family,
    python,
    goldens,
    size: Number(values.size),
    runs: Number(values.runs),
    cases: Number(values.cases),
    side: Number(values.side),
  }
  const parts = withNeeds(names)
  return { out, work: resolve(values.work === '' ? join(out, 'work') : values.work), budget: Number(values.budget), parts, settings }
}

/** The parts of those names and what they need, in the order of the table. */
function withNeeds(names: readonly string[]): Part[] {
  const wanted = new Set(names)
  for (const part of [...PARTS].reverse()) if (wanted.has(part.name)) for (const need of part.needs ?? []) wanted.add(need)
  return PARTS.filter(({ name }) => wanted.has(name))
}

class Run {
  readonly #call: Call
  readonly #start = performance.now()
  readonly #results = new Map<string, PartResult>()
  readonly #background = new Map<string, Promise<void>>()

  constructor(call: Call) {
    this.#call = call
  }

  /** Runs all parts; whether none failed or was stopped and one passed at least. */
  async all(): Promise<boolean> {
    const { parts, work, out } = this.#call
    for (const folder of [work, out]) mkdirSync(folder, { recursive: true })
    for (const part of parts) if (part.inBackground) this.#background.set(part.name, this.#part(part))
    for (const part of parts) if (!part.inBackground) await this.#part(part)
    await Promise.all(this.#background.values())
    this.#write()
    const ends = [...this.#results.values()].map(({ status }) => status)
    return ends.includes('passed') && !ends.includes('failed') && !ends.includes('timed out')
  }

  async #part(part: Part): Promise<void> {
    for (const need of part.needs ?? []) {
      await this.#background.get(need)
      const status = this.#results.get(need)?.status
      if (status !== 'passed') return this.#skip(part, `it needs the part ${need}, which ${status ? `has ${status}` : 'did not run'}`)
    }
    const { budget, work, settings } = this.#call
    const left = budget - this.#seconds()
    if (left < LEAST) return this.#skip(part, 'no time was left')
    // A longer run gives every part more.
    const limit = Math.min(left, (part.limit * budget) / BUDGET)
    console.log(`${part.name} …`)
    const file = join(work, `${part.name}.json`)
    rmSync(file, { force: true })
    const end = await child([part.name, work, JSON.stringify(settings)], limit)
    const result: PartResult = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : this.#nothing(part, 'failed', end)
    // It tells itself how it ended, unless it was stopped or broke down.
    if (result.status === 'timed out') Object.assign(result, { status: end.startsWith('stopped') ? 'timed out' : 'failed', reason: end })
    this.#end(result)
  }

  #skip(part: Part, reason: string): void {
    this.#end(this.#nothing(part, 'skipped', reason))
  }

  #nothing({ name, about }: Part, status: Status, reason: string): PartResult {
    return { part: name, about, status, reason, seconds: 0, ...noFindings() }
  }

  #end(result: PartResult): void {
    this.#results.set(result.part, result)
    const { passed, failed, status, reason, seconds } = result
    const checks = passed + failed > 0 ? `, ${passed} passed, ${failed} failed` : ''
    console.log(`${result.part}: ${status}${checks} (${seconds.toFixed(1)} s)${reason ? `: ${reason}` : ''}`)
    this.#write()
  }

  #write(): void {
    const parts = this.#call.parts.flatMap(({ name }) => this.#results.get(name) ?? [])
    const results: Results = { date: new Date().toISOString().slice(0, 10), seconds: this.#seconds(), parts }
    writeFileSync(join(this.#call.out, 'results.json'), `${JSON.stringify(results, null, 1)}\n`)
    writeFileSync(join(this.#call.out, 'results.md'), markdown(results))
  }

  #seconds(): number {
    return (performance.now() - this.#start) / 1000
  }
}

/** Runs a part; resolves to how its process ended. */
function child(args: readonly string[], seconds: number): Promise<string> {
  const script = fileURLToPath(new URL('./part-main.js', import.meta.url))
  const own = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
  let stopped = false
  const timer = setTimeout(() => {
    stopped = true
    own.kill('SIGKILL')
  }, 1000 * seconds)
  return new Promise((ended) => {
    own.on('error', (error) => ended(error.message))
    own.on('exit', (code, signal) => {
      clearTimeout(timer)
      ended(stopped ? `stopped after ${seconds.toFixed(0)} s` : `the process ended with ${signal ?? `code ${code}`}`)
    })
  })
}

async function main(): Promise<number> {
  const call = read()
  if (typeof call === 'string') {
    console.error(`${call}\n${USAGE}`)
    return 2
  }
  const isWell = await new Run(call).all()
  console.log(`\nresults: ${join(call.out, 'results.md')}`)
  return isWell ? 0 : 1
}

process.exitCode = await main()
