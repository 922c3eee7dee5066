/** Names that examples and blocks use without saying where they come from; their own go before. */
import type {
  Adzus as AdzusClass,
  Backend,
  ByteSource,
  Digest,
  Files,
  FinishedVolume,
  Format as FormatType,
  ImageInput,
  RgbRaster,
  RunInfo,
  Segment,
  Segmentation,
  Totals as TotalsClass,
  View,
  Volume,
} from 'adzus'
import type { Segmenter as SegmenterClass } from '../../dist/examples/annotation-tool/client.js'
import type * as tensor from '../../dist/src/tensor/index.js'

declare global {
  type Format = FormatType
  const readFile: (path: string) => Promise<Uint8Array<ArrayBuffer>>
  const writeFile: (path: string, contents: Uint8Array | string) => Promise<void>

  const adzus: AdzusClass
  const backend: Backend
  const view: View
  const totals: TotalsClass
  const bytes: Uint8Array<ArrayBuffer>
  const image: ImageInput
  const images: Iterable<ImageInput>
  const picture: RgbRaster
  const input: { files: FileList }
  const raw: Format
  const files: Files
  const sources: readonly ByteSource[]
  const slices: readonly Uint8Array[]
  const volume: Volume
  const finished: FinishedVolume
  const result: Segmentation
  const labels: Segmentation['labels']
  const mask: Uint8Array
  const truth: Uint8Array
  const segments: readonly Segment[]
  const width: number
  const height: number
  const x: number
  const y: number
  const run: RunInfo
  const inputFile: Digest
  const error: unknown
  const save: (result: Segmentation) => void
  const segmentOne: (picture: RgbRaster) => Promise<Uint8Array>

  // Of the annotation tool's page.
  type Segmenter = SegmenterClass
  const Segmenter: typeof SegmenterClass
  const segmenter: SegmenterClass
  const worker: Worker
  const file: File
  const setSegmenter: (segmenter: SegmenterClass) => void
  const useEffect: (effect: () => () => void, inputs: readonly unknown[]) => void

  const hidden: tensor.Tensor
  const q: tensor.Tensor
  const k: tensor.Tensor
  const v: tensor.Tensor
  const weight: tensor.Tensor
  const bias: tensor.Tensor
  const tokens: tensor.Tensor
  const gamma: tensor.Tensor
  const beta: tensor.Tensor
}
