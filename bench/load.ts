/**
 * @file Loading a checkpoint against reading its bytes: the weights of UNet, VAE encoder and text encoder go to the device, and for comparison the same files are read
 * from the disk in 16 MiB pieces and forgotten. By turns, so that the system's file cache favours neither; the process's memory is looked at while loading.
 */
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { Adzus, type Backend } from '../src/index.ts'
import { memorySize } from '../src/messages.ts'
import { interleave, machine, showSpread, table } from './measure.ts'

const PIECE = 16 * 2 ** 20
/** Milliseconds between two looks at the memory. */
const LOOK = 20

export async function benchLoad(backends: readonly Backend[], { model, runs }: { model: string; runs: number }): Promise<void> {
  const files = (await readdir(model, { recursive: true })).filter((f) => f.endsWith('.safetensors') && !f.startsWith('text_encoder'))
  const rows: string[][] = []
  for (const backend of backends) {
    let bytes = 0
    let peak = 0
    let held = 0
    const before = process.memoryUsage.rss()
    const { a, b } = await interleave(
      runs,
      async () => {
        bytes = 0
        for (const file of files) bytes += await readAll(join(model, file))
      },
      async () => {
        const look = setInterval(() => {
          peak = Math.max(peak, process.memoryUsage.rss())
        }, LOOK)
        const adzus = await Adzus.load(model, { backend })
        clearInterval(look)
        held = backend.memory.live
        await adzus.dispose()
      },
    )
    rows.push([
      backend.description,
      memorySize(bytes),
      `${showSpread(a, 0)}`,
      `${showSpread(b, 0)}`,
      (b.median / a.median).toFixed(2),
      memorySize(held),
      memorySize(peak - before),
    ])
  }
  console.log(`\n### Loading ${model}\n\n${machine()}; ${runs} interleaved runs, files in the system's cache`)
  table(
    [
      'backend',
      'files',
      'reading them, ms',
      'loading, ms',
      'ratio of the medians',
      'weights on the device',
      'growth of the process at most',
    ],
    rows,
  )
}

/** Reads a file piece by piece; how many bytes it has. */
async function readAll(path: string): Promise<number> {
  const file = await open(path)
  const buffer = new Uint8Array(PIECE)
  let total = 0
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, PIECE, total)
      if (bytesRead === 0) return total
      total += bytesRead
    }
  } finally {
    await file.close()
  }
}
