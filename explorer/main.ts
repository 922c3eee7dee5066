/** @file The page: the explorer, its shell, and the address that holds the settings. */
import { Engine } from './engine/engine.ts'
import { Explorer } from './explorer.ts'
import { isolate, keepOffline } from './isolation.ts'
import { followSample } from './samples.ts'
import { changesOf, fromHash } from './settings.ts'
import { tellOfInterruption } from './shell/interrupted.ts'
import { makeShell } from './shell/shell.ts'

const engine = new Engine(() => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }))
const explorer = new Explorer(engine, location.hash)
const shell = makeShell(explorer)
document.getElementById('app')!.replaceWith(shell)

// A link that somebody follows inside of the page, and the buttons back and forward.
addEventListener('hashchange', () => {
  if (location.hash.slice(1) !== explorer.hash) explorer.set(changesOf(fromHash(location.hash), explorer.value))
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

tellOfInterruption(explorer)
// The first screen is there before anything is fetched for the network.
const registration = await isolate()
explorer.set({ started: true })
followSample(explorer)
if (registration)
  keepOffline(explorer, registration, () => {
    shell.dataset['kept'] = 'yes'
    explorer.set({ offline: true })
  })
