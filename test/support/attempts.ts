/** @file A program of checks: each prints a line, the last line has their counts. */

/** Those of some variants that the command line names (`PART:VARIANT`), else all. */
export function chosen<T>(variants: Readonly<Record<string, T>>): [name: string, variant: T][] {
  const names = process.argv.slice(2)
  const unknown = names.find((name) => !Object.hasOwn(variants, name))
  if (unknown !== undefined) throw new Error(`expected ${Object.keys(variants).join(', ')}, got ${unknown}`)
  return Object.entries(variants).filter(([name]) => names.length === 0 || names.includes(name))
}

const counts = { passed: 0, failed: 0 }

/** Tries one thing and prints a line with what it says, or why it failed. */
export async function attempt(name: string, work: () => unknown): Promise<void> {
  try {
    const said = await work()
    console.log(`${name}: ${said ?? 'ok'}`)
    counts.passed++
  } catch (error) {
    console.log(`${name}: FAILED\n${(error as Error).message.slice(0, 4000)}`)
    counts.failed++
  }
}

process.once('exit', () => {
  console.log(`${counts.passed} passed, ${counts.failed} failed`)
  if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1
})
