/** @file `--attention X,Y`: where a pixel looks, as a heat map over its picture. */
import { basename, dirname } from 'node:path'
import type { Adzus } from '../../index.ts'
import { attentionPicture } from '../../output/attention.ts'
import { refuseInput, writeTogether } from '../files.ts'
import { type Input, shownPath } from '../inputs.ts'
import { jsonLine } from '../output.ts'
import { refuseForeign } from '../sinks/origin.ts'
import { version } from '../version.ts'
import type { Call } from './call.ts'
import { readInput } from './pages.ts'

/** Writes the heat map of one image; with `--json` prints the values as a line. */
export async function showAttention(adzus: Adzus, input: Input, call: Call, signal: AbortSignal): Promise<number> {
  const { switches, folder: path, attention } = call
  const [x, y] = attention!
  const { batch: _, ...options } = call.choices
  if (input.fault) throw input.fault
  const free = async () => {
    await refuseInput(path, new Set([input.real]), '--output')
    await refuseForeign([{ path, isOurs: attentionPicture.isOurs }], undefined, switches.overwrite === true)
  }
  await free()
  const name = shownPath(input.path)
  const view = await adzus.look((await readInput(input)).image, { ...options, name, signal })
  try {
    const answer = await view.attention({ x, y })
    const bytes = await attentionPicture.encode(view, answer, [x, y], await version())
    await writeTogether(dirname(path), new Map([[basename(path), bytes]]), free)
    const { grid, values } = answer
    const line = { input: name, status: 'done', files: { attention: path }, x, y, grid, values: [...values] }
    console.log(switches.json ? jsonLine(line) : `${name}: where (${x}, ${y}) looks → ${path}`)
    return 0
  } finally {
    await view.dispose()
  }
}
