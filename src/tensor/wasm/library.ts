/** @file All kernels as one WebAssembly module, for what the runtime can do. */
import { type Features, f32x4, Module, procedure, v128 } from '../../wasm-assembler/index.ts'
import { attention } from './attention/attention.ts'
import { fusedAttentionMap } from './attention/fused.ts'
import { attentionMap } from './attention/map.ts'
import { packKeys } from './attention/pack.ts'
import { divergences } from './divergence/divergence.ts'
import { packMaps } from './divergence/panels.ts'
import { poolCells } from './divergence/pooled.ts'
import { binary, geglu, unary } from './elementwise.ts'
import { arrangeWeight } from './gemm/arrange.ts'
import { fewRows } from './gemm/few-rows.ts'
import { gemm } from './gemm/gemm.ts'
import { groupFactors, groupSums, normalise } from './group-norm.ts'
import type { Kernel } from './kernel.ts'
import { layerNorm } from './layer-norm.ts'
import { CONSTANTS } from './layout.ts'
import { aggregateMap } from './maps.ts'
import { rowDot, rowMax, rowSum, softmax } from './rows.ts'
import { listChoices, sumLists } from './subsets.ts'
import { winograd } from './winograd/winograd.ts'

/** All kernels, in the order of their numbers. */
export const kernels = [
  gemm,
  arrangeWeight,
  fewRows,
  winograd,
  packKeys,
  attention,
  attentionMap,
  fusedAttentionMap,
  groupSums,
  groupFactors,
  normalise,
  layerNorm,
  softmax,
  rowDot,
  rowSum,
  rowMax,
  unary,
  binary,
  geglu,
  aggregateMap,
  poolCells,
  packMaps,
  divergences,
  listChoices,
  sumLists,
] as unknown as Kernel[]

/** The module's bytes. */
export function assemble(features: Features): Uint8Array<ArrayBuffer> {
  const module = new Module(features, CONSTANTS)
  for (const { definition } of kernels) module.export(definition)
  return module.encode()
}

const probe = procedure('probe', { x: 'v128', at: 'i32' }, (f, { x, at }) => f.do(v128.store(at, f.madd(x, f32x4.add(x, x), x))))

function validates(features: Features): boolean {
  const module = new Module(features, CONSTANTS)
  module.export(probe)
  return WebAssembly.validate(module.encode())
}

/** Whether the runtime has WebAssembly SIMD. */
export const hasSimd = () => typeof WebAssembly === 'object' && validates({ relaxed: false, shared: false })
/** Whether it has relaxed SIMD besides. */
export const hasRelaxedSimd = () => validates({ relaxed: true, shared: false })
