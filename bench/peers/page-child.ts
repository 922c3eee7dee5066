/** @file A contender in a page, with a Chromium of its own whose WebGPU adapter is SwiftShader. */
import { findBrowser, type Opened, openPage } from '../../test/support/page.ts'
import { handOut } from './page-files.ts'
import type { Opponent, Reply, Request } from './protocol.ts'

const SCRIPT = "import '/dist/bench/peers/page.js'"

export class PageChild implements Opponent {
  readonly #opened: Opened
  about = ''
  threads = 0

  private constructor(opened: Opened) {
    this.#opened = opened
  }

  /**
   * Opens a contender of `contenders.ts` in a page.
   * @param folders what it reads and writes below these
   */
  static async start(name: string, kind: string, threads: number, folders: readonly string[]): Promise<Opponent> {
    const chromium = await findBrowser()
    if (typeof chromium === 'string') throw new Error(chromium)
    const query = `${name}&${kind}&${threads}`
    const child = new PageChild(await openPage(chromium, { script: SCRIPT, query, isolated: true, handle: handOut(folders) }))
    try {
      await child.#opened.page.waitForFunction(() => 'contender' in globalThis)
      const { about, threads: used } = await child.ask({ command: 'hello' })
      child.about = about!
      child.threads = used!
      return child
    } catch (error) {
      child.stop()
      throw error
    }
  }

  async ask(request: Request): Promise<Reply> {
    const reply = await this.#opened.page.evaluate(
      (asked) => (globalThis as unknown as { contender(request: Request): Promise<Reply> }).contender(asked),
      request,
    )
    if (reply.error !== undefined) throw new Error(reply.error)
    return reply
  }

  async peakMemory(): Promise<undefined> {
    return undefined
  }

  /** Of all the browser's processes. */
  async processorTime(): Promise<number> {
    const session = await this.#opened.browser.newBrowserCDPSession()
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    await session.detach()
    return processInfo.reduce((sum, { cpuTime }) => sum + 1000 * cpuTime, 0)
  }

  stop(): void {
    void this.#opened.close()
  }
}
