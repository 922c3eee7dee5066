/** @file Opens an address in the browser of the system. */
import { spawn } from 'node:child_process'

/** What opens addresses, with its arguments before the address. */
const OPENERS = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', '""'],
  linux: ['xdg-open'],
}

/** Whether something took the address; a browser that is open already ends at once. */
export function openBrowser(address, [program, ...before] = OPENERS[process.platform] ?? OPENERS.linux) {
  return new Promise((resolve) => {
    const started = spawn(program, [...before, address], { stdio: 'ignore', detached: true })
    started.once('error', () => resolve(false))
    started.once('spawn', () => {
      started.unref()
      resolve(true)
    })
  })
}
