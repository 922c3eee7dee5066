/** @file Which machine it was, as a report says it. */
import { cpus, release, type } from 'node:os'
import process from 'node:process'
import { cores } from '#platform'

export function machine(backend: string): { processor: string; cores: number; system: string; backend: string } {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cores(),
    system: `${type()} ${release()}, Node ${process.versions.node}`,
    backend,
  }
}
