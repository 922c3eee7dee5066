/**
 * @file The WGSL kernels that cases lead to, and every way in which the backend may compute them: found by dry runs, so that tests can
 * be declared by name before a device is open.
 */
import type { Shader } from '../../src/shaders/kernel.ts'
import { Choices, nameOf } from '../../src/tensor/choices.ts'
import { DryBackend } from '../../src/tensor/dry.ts'
import type { Traits } from '../../src/tensor/traits.ts'
import { type OpCase, runCase } from './cases.ts'

/** Choices by what is computed: what they are called, whatever the adapter's subgroups. */
export type Forced = ReadonlyMap<string, string>

export interface Variant {
  /** `conv2d of 9 taps: tiles, 8×8 threads …` without lengths. */
  name: string
  /** Cases that it computes, each with the choices that lead to it. */
  cases: { c: OpCase; forced: Forced }[]
}

/** An adapter that can do everything, and may. */
export const ALL: Traits = { lanes: 8, software: true, half: true, arithmetic: 'auto' }
/** What names of candidates that multiply in f16 end in. */
export const IN_HALVES = ', multiplied in f16'
const MOST_BYTES = 2 ** 27

/** A candidate's name. Subgroups have as many lanes as the adapter gives them. */
export function candidateName(candidate: unknown): string {
  const { kind } = candidate as { kind?: string }
  if (kind !== undefined) return kind
  const t = candidate as Record<string, number | string | boolean>
  const half = t['products'] === 'f16' ? IN_HALVES : t['half'] ? ', f16 as such' : ''
  if (t['kernel'] === 'tiles')
    return `tiles, ${t['threadsM']}×${t['threadsN']} threads of ${t['rows']}×${t['columns']}, ${t['tileK']} deep${half}`
  if (t['kernel'] === 'broadcast') return `broadcast, ${t['threads']} threads of ${t['rows']}×${t['columns']}, ${t['lanes']} lanes${half}`
  return nameOf(candidate).replace(/, f16$/, IN_HALVES)
}

/** Chooses what is forced, else the first candidate. */
export function chooseForced(forced: Forced, asked: (key: string, candidate: unknown, all: readonly unknown[]) => void = () => {}) {
  return <T>(key: string, candidates: readonly T[]): T => {
    const candidate = candidates.find((one) => candidateName(one) === forced.get(key)) ?? candidates[0]!
    asked(key, candidate, candidates)
    return candidate
  }
}

/** Every way to compute the cases, by name, in the order in which they come up. */
export async function variantsOf(cases: Iterable<OpCase>, traits = ALL, onKernel: (kernel: Shader) => void = () => {}): Promise<Variant[]> {
  const variants = new Map<string, Variant>()
  for (const c of cases) {
    const seen = new Set<string>()
    const explore = async (forced: Forced): Promise<void> => {
      const open: [string, string][] = []
      const choices = Object.assign(new Choices(), {
        known: chooseForced(forced, (key, candidate, all) => {
          if (all.length < 2) return
          const name = `${key.split(' ')[0]}: ${candidateName(candidate)}`
          const variant = variants.get(name) ?? { name, cases: [] }
          variants.set(name, variant)
          if (!variant.cases.some((known) => known.c === c)) variant.cases.push({ c, forced })
          for (const one of all) if (one !== candidate) open.push([key, candidateName(one)])
        }),
      })
      const dry = new DryBackend({ kind: 'webgpu', maxTensorBytes: MOST_BYTES, traits, tuning: { choices } })
      dry.onKernel = onKernel
      await runCase(dry, c)
      // Those in f16 last: what can be reached without them is compared as exactly as f32 can be.
      open.sort(([, a], [, b]) => Number(a.endsWith(IN_HALVES)) - Number(b.endsWith(IN_HALVES)))
      for (const [key, candidate] of open)
        if (!seen.has(`${key}: ${candidate}`)) {
          seen.add(`${key}: ${candidate}`)
          await explore(new Map([...forced, [key, candidate]]))
        }
    }
    await explore(new Map())
  }
  return [...variants.values()]
}
