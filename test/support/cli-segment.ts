/** @file Pictures for `adzus segment`, a quick call of it, and its lines. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ended } from './cli.ts'
import { CHANNELS, disc, type PngPicture, writePng } from './pictures.ts'

export const FAST = ['--backend', 'cpu', '--size', '64', '--threshold', '0.2']

export const SUFFIXES = ['json', 'labels.png', 'mask.png', 'overlay.png']

export type Line = { input: string; status: string; error?: string; segmentCount?: number }

export function lines({ stdout }: Ended): Line[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** The disc in one of PNG's forms. */
export function picture(width: number, height: number, colour: PngPicture['colour'], depth: PngPicture['depth'] = 8): Uint8Array {
  const rgb = disc(width, height)
  const channels = CHANNELS[colour]
  const samples = Array.from({ length: width * height * channels }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / channels), i % channels]
    if (colour === 'palette') return rgb[3 * pixel] > 200 ? 1 : 0
    if (channel === 3 || (colour === 'greyAlpha' && channel === 1)) return 2 ** depth - 1
    return rgb[3 * pixel + channel] * (depth === 16 ? 257 : 1)
  })
  const palette = colour === 'palette' ? ([[120, 40, 60] as const, [230, 220, 230] as const] as const) : undefined
  return writePng({ width, height, colour, depth, samples, palette })
}

export async function save(folder: string, files: Record<string, Uint8Array>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
}
