/** @file The picture, its segments and its mask on the stage, as they come to be known. */
import type { Labelled } from '../engine/calls.ts'
import type { Explorer } from '../explorer.ts'
import { paintMask, paintSegments } from '../stage/segments.ts'
import type { Stage } from '../stage/stage.ts'
import { withStrokes } from '../strokes.ts'
import { text } from '../text/index.ts'

export function followResult(explorer: Explorer, stage: Stage): void {
  explorer.watch(['opened'], async ({ opened }) => {
    const preview = opened && !explorer.value.looked && (await previewOf(opened.picture))
    if (preview && explorer.value.opened === opened && !explorer.value.looked) stage.show(preview)
  })
  explorer.watch(['looked'], ({ looked }) => {
    if (!looked) return
    stage.show(looked)
    stage.stride = { x: looked.width / looked.grid.w, y: looked.height / looked.grid.h }
  })
  explorer.watch(['grouped'], ({ grouped }) => {
    stage.describe = ({ x, y }) => [text.stage.at(x, y), grouped && segmentAt(grouped, x, y)].filter(Boolean).join(' · ')
    if (grouped) paintSegments(stage, grouped)
    else stage.clear('segments')
  })
  explorer.watch(['result'], ({ result }) => {
    if (!result) stage.clear('mask')
  })
  explorer.watch(['result', 'strokes'], ({ result, strokes }) => {
    if (result) paintMask(stage, withStrokes(result.mask as Uint8Array<ArrayBuffer>, result.width, strokes))
  })
  explorer.watch(['activity', 'result'], ({ activity, result }) => {
    stage.element.classList.toggle('waiting', activity !== undefined && result === undefined)
  })
}

/** A picture as the browser knows it, while the network has not seen it; not every format is known. */
async function previewOf({ bytes, page = 0 }: { bytes: Blob; page?: number }) {
  if (page > 0) return undefined
  const bitmap = await createImageBitmap(bytes, { imageOrientation: 'none' }).catch(() => undefined)
  if (!bitmap) return undefined
  const { width, height } = bitmap
  const canvas = new OffscreenCanvas(width, height)
  const brush = canvas.getContext('2d')!
  brush.drawImage(bitmap, 0, 0)
  const { data } = brush.getImageData(0, 0, width, height)
  const image = new Uint8Array(3 * width * height)
  for (let from = 0, to = 0; from < data.length; from += 4) for (let c = 0; c < 3; c++) image[to++] = data[from + c]
  return { width, height, image }
}

function segmentAt({ labels, segments, width, height }: Labelled, x: number, y: number): string {
  const segment = segments[labels[y * width + x] - 1]
  return text.stage.segment(segment.id, `${((100 * segment.area) / (width * height)).toFixed(1)} %`, segment.foreground)
}
