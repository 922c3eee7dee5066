/** @file What can be chosen about loading a model. */
import type { CheckpointOptions } from '../checkpoint/open.ts'
import type { BackendKind } from '../open-backend.ts'
import type { Backend } from '../tensor/index.ts'
import type { ManyOptions } from './many.ts'

/** How a model is loaded, and on what. */
export interface LoadOptions extends CheckpointOptions {
  /**
   * `auto` (default) takes WebGPU where there is a graphics card, else the CPU; an open backend is
   * used as it is and not disposed.
   */
  backend?: BackendKind | Backend
  /**
   * Keep encoded texts, and which kernels are fastest, between runs (never anything of a picture):
   * on disk, in a page in IndexedDB. Off by default.
   */
  cache?: boolean
  /**
   * Measure on this adapter which kernels are fastest (WebGPU only; `Adzus.tune`). `auto` (default)
   * does where the answers are kept (`cache`), except on software adapters, which take seconds to
   * compile each candidate.
   */
  tune?: boolean | 'auto'
  /**
   * How pictures will be segmented: for that kernels are compiled ahead and measured while loading
   * (default: at the model's own size, one at a time).
   */
  expect?: Expected
}

/** Options of the pictures to come. */
export type Expected = Omit<ManyOptions, 'onProgress' | 'signal'>
