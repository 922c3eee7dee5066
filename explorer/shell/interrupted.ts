/** @file A visit that ended in the middle of the work: the next one says so. */
import type { Explorer } from '../explorer.ts'
import { text } from '../text/index.ts'

const UNDER_WAY = 'adzus-under-way'

/** Call it before the first work begins. */
export function tellOfInterruption(explorer: Explorer): void {
  const stage = sessionStorage.getItem(UNDER_WAY) as keyof typeof text.status.stages | null
  if (stage) {
    const message = text.status.fault.interrupted(text.status.stages[stage] ?? stage)
    explorer.set({ notice: message })
  }
  explorer.watch(['activity'], ({ activity }) => {
    if (activity) sessionStorage.setItem(UNDER_WAY, activity.stage)
    else sessionStorage.removeItem(UNDER_WAY)
  })
}
