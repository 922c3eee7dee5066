/** @file The parts of the offline run, in the order in which they run. */
import { about } from './about.ts'
import { goldens, kernels, variants } from './checks.ts'
import type { Findings } from './report.ts'
import { speed } from './speed.ts'
import { pytorch } from './torch.ts'
import { tuner, weights, whole } from './whole.ts'

/** What the caller chooses. */
export interface Settings {
  /** The family of the model whose weights are written (`bench/checkpoint/families.ts`). */
  family: string
  /** Pixels of the network's picture. */
  size: number
  /** Warm runs of which the median is taken. */
  runs: number
  /** Cases an op at most. */
  cases: number
  /** The reference results that models are compared with; all where the list is empty. */
  goldens: readonly string[]
  /** Cells of the latent's side at which kernels are measured. */
  side: number
  /** Python with PyTorch, where there is one. */
  python: string
}

/** What a part works with. */
export interface Context {
  settings: Settings
  /** A folder for what parts leave for others: weights, inputs. */
  work: string
  findings: Findings
  /** Writes down what was found so far: that stays if the part is stopped. */
  save(): void
}

/** A part of the run. */
export interface Part {
  name: string
  about: string
  /** Seconds that it may take in a run of `BUDGET` seconds. */
  limit: number
  /** Parts that must have passed before. */
  needs?: readonly string[]
  /** Runs beside the parts that do not need it, from the start. */
  inBackground?: boolean
  run(context: Context): Promise<void>
}

/** Seconds of the whole run: under eight minutes with unpacking. */
export const BUDGET = 440

/** All parts. `weights` is written while the first others run. */
export const PARTS: readonly Part[] = [
  { name: 'adapter', about: 'Adapter, its features and limits, and the machine.', limit: 20, run: about },
  {
    name: 'weights',
    about: 'Random f16 weights of the size of the real model, from a seed.',
    limit: 150,
    inBackground: true,
    run: weights,
  },
  { name: 'kernels', about: 'Every kernel against the definition of its op.', limit: 60, run: (c) => kernels(c, []) },
  {
    name: 'goldens-f32',
    about: 'The models against diffusers; kernels compute in f32.',
    limit: 60,
    run: (c) => goldens(c, ['shader-f16']),
  },
  { name: 'goldens-f16', about: 'The same with the kernels that read weights as f16.', limit: 60, run: (c) => goldens(c, []) },
  {
    name: 'whole',
    about: 'Image to mask, warm, with the kernels that are the default.',
    limit: 90,
    needs: ['weights'],
    run: whole,
  },
  { name: 'tuner', about: 'The tuner’s answers, and image to mask with them.', limit: 90, needs: ['weights'], run: tuner },
  { name: 'pytorch', about: 'The same in PyTorch, and how both compare.', limit: 90, needs: ['whole'], run: pytorch },
  { name: 'speed', about: 'Speed of every kernel at the shapes of a Stable Diffusion pass.', limit: 90, run: speed },
  { name: 'variants', about: 'Every variant of every kernel against the CPU’s result.', limit: 90, run: (c) => variants(c, []) },
  { name: 'kernels-no-subgroups', about: 'Every kernel without subgroups.', limit: 60, run: (c) => kernels(c, ['subgroups']) },
  { name: 'goldens-no-subgroups', about: 'The models without subgroups.', limit: 60, run: (c) => goldens(c, ['subgroups']) },
  { name: 'variants-no-subgroups', about: 'Every variant without subgroups.', limit: 90, run: (c) => variants(c, ['subgroups']) },
]
