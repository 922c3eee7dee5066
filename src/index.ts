/** @file The exports of the package. */

export { Adzus } from './adzus/adzus.ts'
export { parseWeights } from './adzus/aggregation.ts'
export type { AttentionMap } from './adzus/attention-map.ts'
export type { AttentionQuestion, CellAttention } from './adzus/cell-attention.ts'
export { type Defaults, readDefaults } from './adzus/defaults.ts'
export { type Estimate, misfit } from './adzus/estimate.ts'
export { type Foreground, parseForeground } from './adzus/foreground.ts'
export type { BitmapLike, BlobLike, CanvasLike, ImageInput } from './adzus/image-input.ts'
export { type ModelLayers, modelLayers } from './adzus/layers.ts'
export type { Expected, LoadOptions } from './adzus/load-options.ts'
export { type LazyImage, MAX_BATCH, type ManyOptions } from './adzus/many.ts'
export { type Overlap, oracle, overlap } from './adzus/metrics.ts'
export { OBJECT_RULES, type ObjectRegion, type ObjectRule, type ObjectSet, objectsOf } from './adzus/objects.ts'
export type { Parameters, SegmentOptions } from './adzus/options.ts'
export type { Plan, PlanMemory, PlannedStage } from './adzus/plan.ts'
export { presetNamed, presets } from './adzus/presets/index.ts'
export type { Preset } from './adzus/presets/preset.ts'
export type { Segmentation } from './adzus/segmentation.ts'
export type { Segment } from './adzus/segments.ts'
export { STAGES, type Stage, type Timings } from './adzus/stages.ts'
export type { TileOptions, TileParameters } from './adzus/tiles/options.ts'
export type { TiledInput } from './adzus/tiles/slide.ts'
export type { TiledObject, TiledParameters, TiledSegmentation } from './adzus/tiles/tiled.ts'
export type { NoiseShares, ResolutionWeight } from './adzus/view/inside.ts'
export type { Latent } from './adzus/view/kept-look.ts'
export type { AttentionMapOf, MapQuestion } from './adzus/view/map-question.ts'
export type { ProminenceMap } from './adzus/view/prominence.ts'
export type { Merges, Proposals } from './adzus/view/proposals.ts'
export type { Aggregation, Question } from './adzus/view/question.ts'
export type { PromptToken } from './adzus/view/tokens.ts'
export type { LayerInfo, View } from './adzus/view.ts'
export type { VolumeSegment } from './adzus/volume/measure.ts'
export type { VolumeOptions, VolumeParameters } from './adzus/volume/options.ts'
export { CUTS, type Cut } from './adzus/volume/slicing.ts'
export type { VolumePreview, VolumeSegmentation } from './adzus/volume/volume-result.ts'
export { withMask } from './adzus/with-mask.ts'
export type { Weights } from './attention/weights.ts'
export { type Files, memoryFiles } from './checkpoint/files.ts'
export type { HubFilesOptions } from './checkpoint/hub/files.ts'
export { hubFiles } from './checkpoint/hub/index.ts'
export { type FetchProgress, type FileLike, fileFiles, type UrlFilesOptions, urlFiles } from './checkpoint/url-files.ts'
export { AdzusError } from './errors.ts'
export type { Scores } from './foreground/auto.ts'
export type { Edges } from './foreground/finish.ts'
export { type Group, greedyGroups, type MergeMember, type MergeRound, type MergeTree } from './grouping/diffseg/merge.ts'
export { type Channel, type ChannelChoice, parseChannels } from './image/channels.ts'
export { type DecodedImage, type Display, decodeImage, firstOf, openImages } from './image/decode.ts'
export type { Decoded, Format, ImageFacts, StoredImage } from './image/format.ts'
export { formatNames, imageExtensions, isPicture, registerFormat } from './image/formats/index.ts'
export { isZarrName, openZarrFolder, openZarrUrl } from './image/formats/zarr/index.ts'
export type { ZarrPicture } from './image/formats/zarr/open.ts'
export { heatMap } from './image/heat.ts'
export { type FileInfo, fileInfo, folderInfo, type ImageGroup, type VolumeInfo } from './image/info.ts'
export { openSeries, openVolumes, type VolumeKind, volumeKind } from './image/open-volume.ts'
export type { Orientation } from './image/orientation.ts'
export { overlay } from './image/overlay.ts'
export { type Colour, MOST_COLOURS, segmentColour, segmentPalette } from './image/palette.ts'
export type { Part, Region } from './image/part-of.ts'
export { encodePng, encodePngRows, type PngOptions, type PngRaster } from './image/png-writer.ts'
export type { Channels, Pixels, Raster, RgbRaster, Samples } from './image/raster.ts'
export { encodeLabels, type Rle } from './image/rle.ts'
export type { Spacing } from './image/spacing.ts'
export type { Affine, Axis, LeftOut, Series, SeriesVolume, Volume, VolumeOrigin } from './image/volume.ts'
export { parseWindow, toRgb, type Window } from './image/window.ts'
export {
  type BackendKind,
  type CpuOptions,
  debugLevel,
  describeAdapter,
  listAdapters,
  MAX_THREADS,
  openBackend,
  type WebGpuOptions,
} from './open-backend.ts'
export { type EncodedImage, encodeImage, encodeTiles } from './output/encode.ts'
export type {
  Collector,
  Digest,
  FinishedImage,
  FinishedTiles,
  FolderOutput,
  ImageOutput,
  ImagePlace,
  Output,
  RecordOutput,
  RunInfo,
  RunOutput,
} from './output/output.ts'
export { FORMAT, type ResultRecord } from './output/record.ts'
export { chooseOutputs, defaultOutputs, outputs } from './output/registry.ts'
export type { Item, Sink } from './output/sink.ts'
export { dicomSeg } from './output/volume/dicom-seg.ts'
export { type EncodedVolume, encodeVolume } from './output/volume/encode.ts'
export { niftiLabels, niftiMask } from './output/volume/nifti.ts'
export type { FinishedVolume, InputFiles, VolumeOutput, VolumeRecordOutput, VoxelResult } from './output/volume/output.ts'
export type { VolumeRecord } from './output/volume/record.ts'
export { defaultVolumeOutputs, volumeOutputs, volumeOutputsOf } from './output/volume/registry.ts'
export { outlines, type Polygon, type Ring, ringArea } from './pixels/outlines.ts'
export type { Signal } from './signal.ts'
export type { ByteSource } from './source.ts'
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
export type { AdapterLike } from './tensor/webgpu/adapter-like.ts'
export type { AttentionLayer } from './unet/taps.ts'
export type { UrlLike } from './url.ts'
