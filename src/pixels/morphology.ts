/**
 * @file Tidying masks: opening and closing by the cross of five pixels, holes, small parts, and
 * parts that the picture's edge cuts. As `scipy.ndimage` and `skimage.morphology` do it: what is
 * beyond the picture is outside.
 */
import { must } from '../arguments.ts'
import { components } from './components.ts'
import { erode } from './erode.ts'
import { mustBeMap } from './label-map.ts'
import { type Mask, maskWhere } from './mask.ts'

/**
 * Whether a pixel or one of its four neighbours is inside: 255, else 0.
 * @throws AdzusError unless it is a mask
 */
export function dilate(mask: Mask): Mask {
  mustBeMap('mask', mask)
  const { width, height, data } = mask
  const out = new Uint8Array(data.length)
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if (data[i] === 0) continue
      out[i] = 255
      if (x > 0) out[i - 1] = 255
      if (x + 1 < width) out[i + 1] = 255
      if (y > 0) out[i - width] = 255
      if (y + 1 < height) out[i + width] = 255
    }
  return { width, height, data: out }
}

/**
 * Erosions and as many dilations: what is thinner than 2 · steps + 1 pixels goes.
 * @example
 * const mask = open(otsuMask, 1)
 */
export function open(mask: Mask, steps = 1): Mask {
  return repeated(dilate, repeated(erode, mask, steps), steps)
}

/** Dilations and as many erosions: gaps thinner than 2 · steps + 1 pixels are filled. */
export function close(mask: Mask, steps = 1): Mask {
  return repeated(erode, repeated(dilate, mask, steps), steps)
}

function repeated(step: (mask: Mask) => Mask, mask: Mask, steps: number): Mask {
  must('steps', Number.isInteger(steps) && steps >= 0, 'a number of steps', steps)
  let out = mask
  for (let i = 0; i < steps; i++) out = step(out)
  return out
}

/** With all that is outside but not connected (along sides) with the picture's edge. */
export function fillHoles(mask: Mask): Mask {
  const { labels } = components(
    maskWhere(mask, (value) => value === 0),
    4,
  )
  const open = labelsAtEdge(labels, mask)
  return maskWhere({ ...mask, data: labels }, (label) => label === 0 || !open.has(label))
}

/** Without parts of fewer than `least` pixels. */
export function removeSmall(mask: Mask, least: number, connectivity: 4 | 8 = 8): Mask {
  const { labels, areas } = components(mask, connectivity)
  return maskWhere({ ...mask, data: labels }, (label) => label !== 0 && areas[label] >= least)
}

/** Without parts that reach the picture's edge. */
export function clearBorder(mask: Mask, connectivity: 4 | 8 = 8): Mask {
  const { labels } = components(mask, connectivity)
  const cut = labelsAtEdge(labels, mask)
  return maskWhere({ ...mask, data: labels }, (label) => label !== 0 && !cut.has(label))
}

/** The numbers that occur along the picture's edge. */
export function labelsAtEdge(labels: ArrayLike<number>, { width, height }: { width: number; height: number }): Set<number> {
  const found = new Set<number>()
  for (let x = 0; x < width; x++) found.add(labels[x]).add(labels[(height - 1) * width + x])
  for (let y = 0; y < height; y++) found.add(labels[y * width]).add(labels[y * width + width - 1])
  return found
}
