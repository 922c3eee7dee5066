#!/usr/bin/env node
import { permissionError } from '../dist/src/permission.js'

try {
  // Packages ask Deno for permissions while they are imported.
  const { main } = await import('../dist/src/cli/main.js')
  const code = await main(process.argv.slice(2))
  // What went wrong while printing has set one.
  if (code !== 0) process.exitCode = code
} catch (thrown) {
  const error = permissionError(thrown)
  if (!error) throw thrown
  console.error(`adzus: ${error.message}`)
  process.exitCode = 1
}
