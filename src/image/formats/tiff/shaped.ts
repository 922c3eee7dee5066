/**
 * @file Stacks of Python's tifffile: a description in JSON names the axes of all pages, the last
 * one being the fastest.
 */
import { isRecord, isString } from '../../../arguments.ts'
import type { Page } from './page.ts'
import type { Plans } from './plan.ts'
import { depthOf, numbered, stackPlans } from './stack.ts'

/** Channels, slices and points in time, in any order, before the pixels (and their samples). */
const AXES = /^([TZC]*)YX[SC]?$/

/** What the pages are; nothing where no axes are told, or they do not fit. */
export function readShaped(description: string, pages: readonly (Page | undefined)[]): Plans | undefined {
  const told = description.startsWith('{"') ? parsed(description) : undefined
  const axes = told && isString(told['axes']) ? AXES.exec(told['axes'])?.[1] : undefined
  const shape = told?.['shape']
  if (!axes || new Set(axes).size < axes.length || !Array.isArray(shape)) return undefined
  const steps: Record<string, number> = {}
  const counts: Record<string, number> = {}
  let total = 1
  for (let i = axes.length - 1; i >= 0; i--) {
    const count: unknown = shape[i]
    if (!Number.isInteger(count) || (count as number) < 1) return undefined
    steps[axes[i]] = total
    counts[axes[i]] = count as number
    total *= count as number
  }
  if (total !== pages.length) return undefined
  const sizes = { channels: counts['C'] ?? 1, slices: counts['Z'] ?? 1, frames: counts['T'] ?? 1 }
  const { channels } = sizes
  const at = (z: number, t: number, c: number) => pages[z * (steps['Z'] ?? 0) + t * (steps['T'] ?? 0) + c * (steps['C'] ?? 0)]
  const images = stackPlans(
    sizes,
    (z, t) => {
      const planes = Array.from({ length: channels }, (_, c) => at(z, t, c)).flatMap((page) => (page ? [{ page }] : []))
      return planes.length === channels ? planes : undefined
    },
    ([{ page }]) => ({ channelNames: channels > 1 && page.samples === 1 ? numbered(channels) : undefined }),
  )
  return images.length > 0 ? { images, stack: depthOf(images, sizes, undefined), notes: [] } : undefined
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
