/** @file The exports of the package. */
export { Adzus, type AttentionMap, type Expected, type LoadOptions } from './adzus/adzus.ts'
export { type Estimate, mebibytes, misfit } from './adzus/estimate.ts'
export { type Foreground, parseForeground } from './adzus/foreground.ts'
export { type LazyImage, MAX_BATCH, type ManyOptions } from './adzus/many.ts'
export { type Overlap, oracle, overlap } from './adzus/metrics.ts'
export type { Parameters, SegmentOptions } from './adzus/options.ts'
export type { Plan, PlanMemory, PlannedStage } from './adzus/plan.ts'
export type { Segmentation } from './adzus/segmentation.ts'
export type { Segment } from './adzus/segments.ts'
export { type Files, memoryFiles } from './checkpoint/files.ts'
export { type HubFilesOptions, hubFiles } from './checkpoint/hub/files.ts'
export { AdzusError } from './errors.ts'
export { type DecodedImage, decodeImage } from './image/decode.ts'
export { overlay } from './image/overlay.ts'
export { encodePng } from './image/png-writer.ts'
export type { Pixels, Raster } from './image/raster.ts'
export { encodeLabels, type Rle } from './image/rle.ts'
export { type BackendKind, type CpuOptions, debugLevel, describeAdapter, listAdapters, MAX_THREADS, openBackend } from './open-backend.ts'
export type { Step } from './tensor/dry.ts'
export {
  type Backend,
  type Counts,
  type DebugLevel,
  debugLines,
  joinRows,
  type KernelEvent,
  type Listener,
  type ProfileRow,
  type SourceEvent,
  type StageEvent,
  Totals,
  Trace,
} from './tensor/index.ts'
