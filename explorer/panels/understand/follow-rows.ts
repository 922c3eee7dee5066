/** @file Rows of attention that follow the crosshair: one question at a time, the last one counts. */
import type { Rows } from '../../engine/way.ts'
import type { Point } from '../../stage/points.ts'
import type { Material } from './material.ts'
import { cellAt } from './numbers.ts'

/**
 * Asks for the crosshair's rows, paints them, and gives what has to be called when it moves.
 * @throws EngineError if the first question fails
 */
export async function followRows(material: Material, paint: (rows: Rows, at: Point) => void): Promise<{ follow(): void }> {
  const { looked } = material
  const cellOf = (at: Point) => cellAt(at, looked, looked.grid)
  let shown = -1
  let busy = false
  const show = async () => {
    const { at } = material
    const cell = cellOf(at)
    if (cell === shown) return
    paint(await material.ask('rows', { choice: material.choice, ...middleOf(cell, material) }), at)
    shown = cell
  }
  await show()
  const follow = async () => {
    if (busy) return
    busy = true
    try {
      // It may have moved on in the meantime.
      while (cellOf(material.at) !== shown) await show()
    } catch {
      // The picture is gone: the next one begins anew.
    } finally {
      busy = false
    }
  }
  return { follow: () => void follow() }
}

/** A pixel that stands for its cell, so that an answer serves the whole of it. */
function middleOf(cell: number, { looked: { width, height, grid } }: Material): Point {
  const along = (place: number, cells: number, length: number) => Math.min(length - 1, Math.floor(((place + 0.5) * length) / cells))
  return { x: along(cell % grid.w, grid.w, width), y: along(Math.floor(cell / grid.w), grid.h, height) }
}
