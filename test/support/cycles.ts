/** @file Loading, using and disposing again and again, and what the process holds after each time. Linux tells that. */
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Adzus, type BackendKind } from '../../src/index.ts'
import { disc } from './pictures.ts'

export interface Held {
  threads: number
  /** Resident memory, MiB. */
  resident: number
}

/** What the process holds after each of `count` cycles of load, segment, dispose. */
export async function* cycles(backend: BackendKind, count: number): AsyncGenerator<Held> {
  const image = { width: 60, height: 40, data: disc(60, 40) }
  for (let i = 0; i < count; i++) {
    const adzus = await Adzus.load(undefined, { backend })
    await adzus.segment(image, { size: 64 })
    await adzus.dispose()
    await collectGarbage()
    yield held()
  }
}

/** Devices and WebAssembly memories end when their last reference is found to be gone. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  for (let i = 0; i < 2; i++) {
    collect()
    await setTimeout(10)
  }
}

function held(): Held {
  const status = readFileSync('/proc/self/status', 'utf8')
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)![1])
  return { threads: number('Threads'), resident: Math.round(number('VmRSS') / 1024) }
}
