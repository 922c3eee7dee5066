/** @file Stages as they begin, with the time that each took. */
import type { Stage } from 'adzus'
import type { Progress } from '../engine/calls.ts'

interface Clock {
  /** A listener for the library's `onProgress`. */
  begin(stage: string): void
  /** The last stage is through. */
  end(): void
}

export function stagesOf(onProgress: (progress: Progress) => void): Clock {
  const timings: Progress['timings'] = {}
  let current: { stage: Stage; since: number } | undefined
  const end = () => {
    if (!current) return
    const { stage, since } = current
    timings[stage] = (timings[stage] ?? 0) + performance.now() - since
    current = undefined
    onProgress({ stage, timings: { ...timings } })
  }
  const begin = (name: string) => {
    end()
    current = { stage: name as Stage, since: performance.now() }
    onProgress({ stage: current.stage, timings: { ...timings } })
  }
  return { begin, end }
}
