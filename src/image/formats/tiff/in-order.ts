/** @file Reading ahead: what is read while something before it is at work, taken in order. */

/** So many things are read before they are needed. */
const AHEAD = 4

/**
 * Reads things and works on them, one after another; a few are read ahead.
 * @throws whatever the first one to fail throws
 */
export async function inOrder<T, R>(
  things: Iterable<T>,
  read: (thing: T) => Promise<R>,
  work: (thing: T, what: R) => Promise<void>,
): Promise<void> {
  const ahead: { thing: T; reading: Promise<R> }[] = []
  const next = async () => {
    const { thing, reading } = ahead.shift()!
    await work(thing, await reading)
  }
  for (const thing of things) {
    const reading = read(thing)
    // Where one before it fails, nobody waits for it.
    reading.catch(() => {})
    ahead.push({ thing, reading })
    if (ahead.length > AHEAD) await next()
  }
  while (ahead.length > 0) await next()
}
