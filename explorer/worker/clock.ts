/** @file Stages as they begin, with the time that each took. */
import type { Stage } from 'adzus'
import type { Progress } from '../engine/calls.ts'

/** A listener for the library's `onProgress`. */
export function stagesOf(onProgress: (progress: Progress) => void): (stage: string) => void {
  const timings: Progress['timings'] = {}
  let before: { stage: Stage; since: number } | undefined
  return (name) => {
    const stage = name as Stage
    const now = performance.now()
    if (before) timings[before.stage] = (timings[before.stage] ?? 0) + now - before.since
    before = { stage, since: now }
    onProgress({ stage, timings: { ...timings } })
  }
}
