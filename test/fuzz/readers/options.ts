/** @file Readers of options: of the library as objects, of the command line as text. */
import { readDefaults } from '../../../src/adzus/defaults.ts'
import { parseForeground } from '../../../src/adzus/foreground.ts'
import type { SegmentOptions } from '../../../src/adzus/options.ts'
import { resolveOptions } from '../../../src/adzus/resolve-options.ts'
import { memoryFiles } from '../../../src/checkpoint/files.ts'
import { isHubId, parseHubId } from '../../../src/checkpoint/hub/id.ts'
import { numbers, whole } from '../../../src/cli/arguments.ts'
import { parseWindow } from '../../../src/image/window.ts'
import { json, text } from '../mutate.ts'
import { decode, encode, type Reader, refused } from './reader.ts'

const examples: object[] = [
  { size: 256, timesteps: [300], thresholds: [0.4, 0.4, 0.4], anchors: 16, refine: true },
  { size: [512, 384], noise: 1, denoise: 5, resolutions: [16], layers: ['up_blocks.3'], heads: [0], grid: 32 },
  { weights: { resolutions: { 16: 2 }, layers: { 'up_blocks.3': 0.5 }, heads: { 0: 0 } } },
  { foreground: { point: [3, 4] }, emptyPrompt: 'zeros', tileVae: true },
  { foreground: { box: [0, 0, 9, 9] } },
  { foreground: { text: 'a cell' } },
  { window: { percentiles: [0.5, 99.5] }, orient: true },
  { window: [-1000, 400] },
]

async function readOptions(input: Uint8Array): Promise<void> {
  const asked = JSON.parse(safeJson(decode(input))) as SegmentOptions
  const defaults = await readDefaults(memoryFiles('model', new Map()), 512)
  resolveOptions(asked, { ...defaults, emptyPrompt: 'encoded' }, { cell: 8, steps: 1000, binds: () => true })
}

/** Damaged JSON is nothing that a program could pass. */
function safeJson(value: string): string {
  try {
    JSON.parse(value)
    return value
  } catch {
    return '{}'
  }
}

/** Values of the command line, whichever option they belong to. */
async function readArguments(input: Uint8Array): Promise<void> {
  for (const value of decode(input).split('\n')) {
    const attempts = [
      () => parseForeground(value),
      () => parseWindow(value),
      () => numbers('segment', 'thresholds', value),
      () => whole('segment', 'batch', value, 1, 64),
      () => isHubId(value) && parseHubId(value),
      () => parseHubId(value, 'main'),
    ]
    for (const attempt of attempts)
      try {
        attempt()
      } catch (error) {
        refused(error as Error)
      }
  }
}

const values = [
  'auto',
  'point=3,4',
  'box=0,0,9,9',
  'text="a cell"',
  'p0.5,p99.5',
  '-1000,400',
  '0.4,0.4',
  '512x384',
  '12',
  'owner/name@main',
  'owner/name/a.safetensors',
]

export const options: Record<string, Reader> = {
  options: { seeds: async () => examples.map((value) => encode(JSON.stringify(value))), mutate: json, read: readOptions },
  arguments: { seeds: async () => [encode(values.join('\n'))], mutate: text, read: readArguments },
}
