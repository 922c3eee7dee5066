/** @file The attention of several layers with the same grid together: the plain mean of theirs. */
import type { View } from 'adzus'
import type { AttentionOf } from '../engine/calls.ts'
import type { Method } from './methods.ts'

export const meanMap: Method<'meanMap'> = async ({ view, ...of }, { session, signal }) => {
  const seen = session.view(view)
  let known: Omit<Awaited<ReturnType<View['map']>>, 'values'> | undefined
  const values = await meanOf(of, signal, async (question) => {
    const { values, ...rest } = await seen.map(question)
    known = rest
    return values
  })
  return { ...known!, layer: of.layers.length === 1 ? of.layers[0] : null, values }
}

export const meanCell: Method<'meanCell'> = async ({ view, x, y, direction, ...of }, { session, signal }) => {
  const seen = session.view(view)
  let grid = { h: 0, w: 0 }
  const values = await meanOf(of, signal, async (question) => {
    const cell = await seen.attention({ ...question, x, y, direction })
    grid = cell.grid!
    return cell.values
  })
  return { grid, values }
}

/** Asks for each of the layers in turn. */
async function meanOf(
  { layers, head, timestep }: AttentionOf,
  signal: AbortSignal,
  ask: (question: { layer?: string; head?: number; timestep?: number }) => Promise<Float32Array>,
): Promise<Float32Array<ArrayBuffer>> {
  const asked = layers.length === 0 ? [{}] : layers.map((layer) => ({ layer, head, timestep }))
  // The first answer is copied, since what is kept for the next question stays here.
  const mean = new Float32Array(await ask(asked[0]))
  for (const question of asked.slice(1)) {
    signal.throwIfAborted()
    const values = await ask(question)
    for (let i = 0; i < mean.length; i++) mean[i] += values[i]
  }
  if (asked.length > 1) for (let i = 0; i < mean.length; i++) mean[i] /= asked.length
  return mean
}
