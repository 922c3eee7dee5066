/**
 * @file What our tests use of vitest, on Deno's own runner: `deno.json` names this file `vitest`.
 * Each test file is a program of its own there, so that a file's suite is this module's.
 */
interface Context {
  onTestFinished(end: () => unknown): void
}
type Body = (context: Context) => unknown
interface Options {
  skip?: boolean
  /** Deno ends no test. */
  timeout?: number
}
interface Suite {
  name: string
  parent?: Suite
  before: (() => unknown)[]
  after: (() => unknown)[]
  /** Tests that have not ended. */
  left: number
  started?: Promise<void>
}

declare const Deno: {
  test(test: { name: string; ignore: boolean; sanitizeOps: boolean; sanitizeResources: boolean; fn: () => Promise<void> }): void
}

let current: Suite = { name: '', before: [], after: [], left: 0 }

/** A suite and those around it, outermost first. */
function around(suite: Suite | undefined): Suite[] {
  return suite ? [...around(suite.parent), suite] : []
}

async function start(suite: Suite): Promise<void> {
  for (const prepare of suite.before) await prepare()
}

async function run(suites: Suite[], body: Body): Promise<void> {
  const ends: (() => unknown)[] = []
  try {
    for (const suite of suites) {
      suite.started ??= start(suite)
      await suite.started
    }
    await body({ onTestFinished: (end) => ends.unshift(end) })
  } finally {
    for (const end of ends) await end()
    for (const suite of suites.toReversed()) if (--suite.left === 0) for (const end of suite.after) await end()
  }
}

export function test(name: string, options: Options | Body, last?: Body): void {
  const [{ skip = false }, body] = typeof options === 'function' ? [{}, options] : [options, last!]
  const suites = around(current)
  if (!skip) for (const suite of suites) suite.left++
  const path = suites.map((suite) => suite.name).filter((part) => part !== '')
  Deno.test({
    name: [...path, name].join(' > '),
    ignore: skip,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => run(suites, body),
  })
}

test.skip = (name: string, ...rest: [Options | Body, Body?]): void => test(name, { skip: true }, rest.at(-1) as Body)

export function describe(name: string, declare: () => void): void {
  const parent = current
  current = { name, parent, before: [], after: [], left: 0 }
  declare()
  current = parent
}

export function beforeAll(prepare: () => unknown): void {
  current.before.push(prepare)
}

export function afterAll(end: () => unknown): void {
  // As in vitest, the last one declared is the first to run.
  current.after.unshift(end)
}
