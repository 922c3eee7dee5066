/** @file A contender's process, asked through its standard input and output. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { createInterface } from 'node:readline'
import type { Opponent, Reply, Request } from './protocol.ts'

/** Characters of standard error that are kept for the case that the process dies. */
const LAST_WORDS = 2000

export class Child implements Opponent {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = []
  #lastWords = ''
  #ended = false
  about = ''
  threads = 0

  private constructor(command: string, args: readonly string[], env: Record<string, string>) {
    this.#process = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'pipe' })
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line)))
    this.#process.stderr.on('data', (text) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS)
    })
    this.#process.stdin.on('error', () => {})
    this.#process.on('error', (error) => this.#end(error.message))
    this.#process.on('close', (code, signal) => this.#end(`ended with ${signal ?? code}`))
  }

  /** Starts a process and waits until it has said who it is. */
  static async start(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Child> {
    const child = new Child(command, args, env)
    try {
      const { about, threads } = await child.ask({ command: 'hello' })
      child.about = about!
      child.threads = threads!
      return child
    } catch (error) {
      child.stop()
      throw error
    }
  }

  async ask(request: Request): Promise<Reply> {
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (this.#ended) this.#end('is not there')
      else this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    })
    if (reply.error !== undefined) throw new Error(reply.error)
    return reply
  }

  async peakMemory(): Promise<number | undefined> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8').catch(() => '')
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
  }

  async processorTime(): Promise<number> {
    const stat = await readFile(`/proc/${this.#process.pid}/stat`, 'utf8').catch(() => '')
    // Fields 14 and 15, counted after the name, which may hold spaces; in ticks of 10 ms.
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number)
    return stat === '' ? 0 : 10 * (user + system)
  }

  stop(): void {
    this.#process.kill()
  }

  #end(how: string): void {
    this.#ended = true
    const words = this.#lastWords.trim().split('\n').slice(-3).join(' / ')
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`the process ${how}${words && `: ${words}`}`))
  }
}
