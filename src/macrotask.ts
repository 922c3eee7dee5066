/**
 * @file Letting the event loop take a turn. By a message, since timers are slowed down to one a
 * second in background tabs.
 */

export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(0)
  })
}
