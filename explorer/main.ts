/** @file The page: the explorer, its shell, and the address that holds the settings. */
import { Engine } from './engine/engine.ts'
import { Explorer } from './explorer.ts'
import { fromHash } from './settings.ts'
import { makeShell } from './shell/shell.ts'

const engine = new Engine(() => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }))
const explorer = new Explorer(engine, location.hash)
document.getElementById('app')!.replaceWith(makeShell(explorer))

// A link that somebody follows inside of the page, and the buttons back and forward.
addEventListener('hashchange', () => {
  if (location.hash.slice(1) !== explorer.hash) explorer.set(fromHash(location.hash))
})
/** Browsers refuse addresses that change more often than about ten times a second. */
const BETWEEN_ADDRESSES = 250
let written = 0
let writing: ReturnType<typeof setTimeout> | undefined
const write = () => {
  writing = undefined
  written = performance.now()
  const { hash } = explorer
  if (location.hash.slice(1) !== hash) history.replaceState(undefined, '', `#${hash}`)
}
explorer.watch(['panel', 'sample', 'backend', 'look', 'question', 'kept', 'attention', 'stage', 'step'], () => {
  if (!writing) writing = setTimeout(write, Math.max(0, written + BETWEEN_ADDRESSES - performance.now()))
})
