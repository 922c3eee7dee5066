/**
 * @file What an evaluation has found so far, in `evaluation.json` of its folder: each picture with
 * its cases, the pictures of the report, and what it was asked. `--resume` goes on from it.
 */
import { join } from 'node:path'
import { readRegular } from '#platform'
import type { Case } from '../../evaluation/case.ts'
import { Podium, type Standing } from '../../evaluation/podium.ts'
import type { Failure } from '../../evaluation/summary.ts'
import { hasJsonMark } from '../../output/mark.ts'
import { writeTogether } from '../files.ts'
import { isResult } from '../sinks/origin.ts'

export const JOURNAL = 'evaluation.json'
/** Bytes of the largest that is read: 100,000 pictures with ten methods each. */
const LONGEST = 2 ** 30
/** Milliseconds between two times that it is written. */
const PAUSE = 10_000

/** A picture that is done. */
export interface Entry {
  /** SHA-256 of its files. */
  files: string[]
  cases: Case[]
  /** Of single methods. */
  failures: Failure[]
}

export class Journal {
  readonly #folder: string
  readonly #version: string
  /** Tells calls apart that would find something else. */
  readonly #call: string
  readonly entries = new Map<string, Entry>()
  podium = new Podium()
  #written = performance.now()

  constructor(folder: string, version: string, call: string) {
    this.#folder = folder
    this.#version = version
    this.#call = call
  }

  /** Takes over what an earlier run of the same call has left. */
  async resume(): Promise<void> {
    const path = join(this.#folder, JOURNAL)
    if (!(await isResult(path, hasJsonMark))) return
    const { adzus, call, entries, podium } = JSON.parse((await readRegular(path, LONGEST)).toString())
    if (adzus !== this.#version || call !== this.#call) return
    for (const [key, entry] of Object.entries(entries as Record<string, Entry>)) this.entries.set(key, entry)
    this.podium = new Podium(podium as Record<string, Standing>)
  }

  /** Writes it, unless that was just done. */
  async save(now: boolean): Promise<void> {
    if (!now && performance.now() - this.#written < PAUSE) return
    await writeTogether(this.#folder, new Map([[JOURNAL, this.#text()]]), () => Promise.resolve())
    this.#written = performance.now()
  }

  #text(): string {
    const { podium } = this
    const content = {
      adzus: this.#version,
      call: this.#call,
      entries: Object.fromEntries(this.entries),
      podium: Object.fromEntries(podium.sets),
    }
    return `${JSON.stringify(content)}\n`
  }
}
