/** @file The outline of one segment over the picture. */
import { type Stage, tableOf } from './stage.ts'

/** Nothing; dark, and light beside it, so that it is seen on any ground. */
const TABLE = tableOf([
  [0, 0, 0, 0],
  [0, 0, 0, 255],
  [255, 255, 255, 255],
])

/**
 * Paints where a segment ends: its own pixels light, those beside them dark.
 * @param labels of the picture's size
 */
export function paintOutline(stage: Stage, labels: ArrayLike<number>, id: number): void {
  const { width, height } = stage
  const places = new Uint8Array(width * height)
  const reach = Math.max(1, Math.round(Math.max(width, height) / 500))
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if (labels[i] !== id) continue
      const isEdge = x === 0 || y === 0 || x === width - 1 || y === height - 1
      const ends = isEdge || labels[i - 1] !== id || labels[i + 1] !== id || labels[i - width] !== id || labels[i + width] !== id
      if (ends) mark(places, { x, y, width, height, reach })
    }
  for (let i = 0; i < places.length; i++) if (places[i] === 1 && labels[i] === id) places[i] = 2
  stage.paintTable('marks', places, TABLE)
}

function mark(
  places: Uint8Array,
  { x, y, width, height, reach }: { x: number; y: number; width: number; height: number; reach: number },
): void {
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      const [u, v] = [x + dx, y + dy]
      if (u >= 0 && v >= 0 && u < width && v < height) places[v * width + u] = 1
    }
}
