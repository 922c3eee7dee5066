/**
 * @file Reference results ("goldens"): folders with a model, inputs and what diffusers, transformers and the NumPy DiffSeg made of them.
 *
 * A case is recognised by what lies in its folder, not by its name:
 *   - `config.json` of a UNet, a VAE or a CLIP text encoder, with `model.safetensors` and one or more `io*.safetensors`;
 *   - `prompts.json`, beside a tokenizer's vocabulary if it is another than CLIP's published one;
 *   - `io.safetensors` with `out.alphas_cumprod` (noise schedule) or `in.attention.*` (aggregation and merging);
 *   - pictures with results of the embedded model: `NAME.png` and `NAME.safetensors`.
 * A map among the results may be stored with every nth row only.
 * In `io.safetensors`, `in.*` are inputs, `out.*` results, `mid.*` results of blocks, `attn.LAYER` probabilities [batch, heads, queries, keys].
 */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { openFile } from '../../src/platform/directory.ts'
import { SafetensorsFile } from '../../src/safetensors/reader.ts'
import type { Backend } from '../../src/tensor/index.ts'
import * as compare from './golden-cases.ts'
import { unet } from './golden-unet.ts'

/** One compared quantity. */
export interface Line {
  case: string
  quantity: string
  /** The largest error, or for labels the share of pixels that differ. */
  error: number
  tolerance: number
}

/** The tensors of an `io` file. */
export class Golden {
  readonly #file: SafetensorsFile
  constructor(file: SafetensorsFile) {
    this.#file = file
  }
  static async open(path: string): Promise<Golden> {
    return new Golden(await SafetensorsFile.open(await openFile(path)))
  }
  names(prefix = ''): string[] {
    return [...this.#file.tensors.keys()].filter((n) => n.startsWith(prefix))
  }
  has(name: string): boolean {
    return this.#file.tensors.has(name)
  }
  shape(name: string): readonly number[] {
    return this.#file.tensors.get(name)!.shape
  }
  floats(name: string): Promise<Float32Array> {
    return this.#file.readFloats(name)
  }
  ints(name: string): Promise<Int32Array> {
    return this.#file.readInts(name)
  }
  close(): Promise<void> {
    return this.#file.close()
  }
}

/** Runs every case below `folder` (or the folder itself, if it is one) and reports each quantity. */
export async function runGoldens(folder: string, backend: Backend, report: (line: Line) => void, only?: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  const cases = entries
    .filter((e) => e.isDirectory())
    .map((e) => join(folder, e.name))
    .sort()
  for (const path of cases.length > 0 ? cases : [folder]) {
    if (only !== undefined && basename(path) !== only) continue
    await runCase(path, backend, report)
  }
}

async function runCase(path: string, backend: Backend, report: (line: Line) => void): Promise<void> {
  const name = basename(path)
  const files = await readdir(path)
  const io = files.filter((f) => /^io.*\.safetensors$/.test(f)).sort()
  const pictures = files.filter((f) => f.endsWith('.png') && files.includes(f.replace(/png$/, 'safetensors')))
  let compared = 0
  const line = (suffix: string) => (quantity: string, error: number, tolerance: number) => {
    compared++
    // NaN must not pass.
    report({ case: name + suffix, quantity, error: Number.isNaN(error) ? Infinity : error, tolerance })
  }
  if (files.includes('config.json')) {
    const config = JSON.parse(await readFile(join(path, 'config.json'), 'utf8'))
    const kind = config._class_name ?? config.architectures?.[0] ?? config.model_type
    const run = {
      UNet2DConditionModel: unet,
      AutoencoderKL: compare.vae,
      CLIPTextModel: compare.clip,
      CLIPTextModelWithProjection: compare.clip,
      clip_text_model: compare.clip,
    }[kind as string]
    if (!run) throw new Error(`${path}: no comparison for a ${kind}`)
    for (const file of io) {
      const golden = await Golden.open(join(path, file))
      await run(path, golden, backend, line(file === 'io.safetensors' ? '' : `/${file.slice(3, -12)}`))
      await golden.close()
    }
  } else if (files.includes('prompts.json')) {
    await compare.tokenizer(path, line(''))
  } else if (io.length > 0) {
    const golden = await Golden.open(join(path, io[0]))
    if (golden.has('out.alphas_cumprod')) await compare.schedule(golden, backend, line(''))
    if (golden.names('in.attention.').length > 0) await compare.diffseg(golden, backend, line(''))
    await golden.close()
  }
  for (const picture of pictures) {
    const golden = await Golden.open(join(path, picture.replace(/png$/, 'safetensors')))
    await compare.picture(join(path, picture), golden, backend, line(`/${picture.slice(0, -4)}`))
    await golden.close()
  }
  if (compared === 0) throw new Error(`${path}: nothing to compare was found`)
}
