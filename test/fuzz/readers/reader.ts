/** @file What a reader is: something that reads what somebody else made. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '#platform'
import type { Mutation } from '../mutate.ts'

export interface Reader {
  /** Valid small inputs, made once a process. */
  seeds: () => Promise<Uint8Array[]>
  /** How they are damaged. */
  mutate: Mutation
  /** Must end well or with an `AdzusError`. */
  read: (input: Uint8Array) => Promise<unknown>
}

/** The embedded model's folder. */
export const MODEL = 'weights/adzus-tiny'

export const encode = (value: string) => new TextEncoder().encode(value)
export const decode = (input: Uint8Array) => new TextDecoder().decode(input)

/** Files of the repository. */
export function files(...paths: string[]): Promise<Uint8Array[]> {
  return Promise.all(paths.map(async (path) => new Uint8Array(await readFile(join(packageRoot(), path)))))
}

/** Errors of ours end one attempt; all others go on. */
export function refused(error: Error): void {
  if (error.name !== 'AdzusError') throw error
}
