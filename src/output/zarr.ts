/**
 * @file `NAME.labels.zarr`: label maps as OME-Zarr 0.5 (Zarr version 3) has them. The folder is a
 * group `labels`, with an image of each map: segments, foreground and objects.
 */
import { objectsOf } from '../adzus/objects.ts'
import type { Segmentation } from '../adzus/segmentation.ts'
import { type Colour, FOREGROUND_COLOUR, segmentColour } from '../image/palette.ts'
import type { Spacing } from '../image/spacing.ts'
import { hasZarrMark } from './mark.ts'
import type { FolderOutput } from './output.ts'
import { type Level, levelsOf, zarrArray } from './zarr-array.ts'

/** What describes an array or a group. */
const METADATA = 'zarr.json'
const OME = '0.5'
/** Names of OME-Zarr for units; others are left out. */
const UNITS: Readonly<Record<string, string>> = { mm: 'millimeter', µm: 'micrometer', nm: 'nanometer' }

/** A label map, and what is told of each of its labels. */
interface Labels {
  data: Uint8Array | Uint16Array
  regions: readonly { id: number; area?: number }[]
  colour: (label: number) => Colour
}

export const zarr: FolderOutput = {
  per: 'folder',
  name: 'zarr',
  suffix: '.labels.zarr',
  help: 'OME-Zarr labels, a folder: segments, foreground and objects, with colours',
  marked: METADATA,
  isOurs: hasZarrMark,
  holds: (path) => /^((segments|foreground|objects)\/)?(\d+\/)?(zarr\.json|c\/\d+\/\d+)$/.test(path),
  needsObjects: true,
  encode: async ({ result, run }) => {
    const maps = mapsOf(result)
    const attributes = { adzus: run.version, ome: { version: OME, labels: Object.keys(maps) } }
    const files = new Map([[METADATA, json({ attributes, ...GROUP })]])
    for (const [name, map] of Object.entries(maps)) {
      const levels = levelsOf({ width: result.width, height: result.height, data: map.data })
      files.set(`${name}/${METADATA}`, json({ attributes: { ome: labelImage(name, map, levels, result.image.spacing) }, ...GROUP }))
      for (const [i, level] of levels.entries()) {
        const { metadata, chunks } = await zarrArray(level)
        files.set(`${name}/${i}/${METADATA}`, json(metadata))
        for (const [key, bytes] of chunks) files.set(`${name}/${i}/${key}`, bytes)
      }
    }
    return files
  },
}

const GROUP = { zarr_format: 3, node_type: 'group' }

function mapsOf(result: Segmentation): Record<string, Labels> {
  const objects = objectsOf(result)
  return {
    segments: { data: result.labels, regions: result.segments, colour: segmentColour },
    foreground: { data: result.mask.map((value) => (value === 0 ? 0 : 1)), regions: [{ id: 1 }], colour: () => FOREGROUND_COLOUR },
    objects: { data: objects.labels, regions: objects.list, colour: segmentColour },
  }
}

function labelImage(name: string, { regions, colour }: Labels, levels: readonly Level[], spacing: Spacing | undefined) {
  const unit = spacing && UNITS[spacing.unit] !== undefined && { unit: UNITS[spacing.unit] }
  const axes = ['y', 'x'].map((axis) => ({ name: axis, type: 'space', ...unit }))
  const { x, y } = spacing ?? { x: 1, y: 1 }
  const datasets = levels.map(({ step }, i) => ({
    path: `${i}`,
    coordinateTransformations: [{ type: 'scale', scale: [y * step, x * step] }],
  }))
  return {
    version: OME,
    multiscales: [{ name, axes, datasets }],
    'image-label': {
      colors: regions.map(({ id }) => ({ 'label-value': id, rgba: [...colour(id), 255] })),
      properties: regions.map(({ id, area }) => ({ 'label-value': id, ...(area !== undefined && { area }) })),
    },
  }
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`)
}
