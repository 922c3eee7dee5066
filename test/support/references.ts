/** @file What `make.py` in folders of `test/references` stored: pictures, and what others made of them. */
import { readFileSync } from 'node:fs'
import type { LabelMap } from '../../src/pixels/label-map.ts'
import type { Mask } from '../../src/pixels/mask.ts'

/** A picture in reading order: value, length, value, length … */
export interface Stored {
  width: number
  height: number
  runs: number[]
}

/** One part of the stored references. */
export function references<Case>(part: string, file = 'evaluation/figures.json'): Case[] {
  return JSON.parse(readFileSync(`test/references/${file}`, 'utf8'))[part]
}

/** A picture of three 8-bit samples a pixel. */
export interface StoredRgb {
  width: number
  height: number
  base64: string
}

export const pictureOf = ({ width, height, base64 }: StoredRgb) => ({ width, height, data: new Uint8Array(Buffer.from(base64, 'base64')) })

export function labelMap({ width, height, runs }: Stored): LabelMap & { data: Int32Array } {
  const data = new Int32Array(width * height)
  for (let i = 0, at = 0; i < runs.length; i += 2) {
    data.fill(runs[i], at, at + runs[i + 1])
    at += runs[i + 1]
  }
  return { width, height, data }
}

export function maskOf(stored: Stored): Mask {
  return { ...stored, data: Uint8Array.from(labelMap(stored).data) }
}

/** The largest difference between numbers that two objects have under the same names and places. */
export function largestDifference(actual: unknown, expected: unknown): number {
  if (typeof expected === 'number') return typeof actual === 'number' ? Math.abs(actual - expected) : NaN
  const entries = Object.entries(expected as object)
  return Math.max(0, ...entries.map(([key, value]) => largestDifference((actual as Record<string, unknown>)?.[key], value)))
}
