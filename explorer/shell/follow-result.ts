/** @file The picture, its segments and its mask on the stage, as they come to be known. */
import type { Explorer } from '../explorer.ts'
import { paintMask, paintSegments } from '../stage/segments.ts'
import type { Stage } from '../stage/stage.ts'
import { withStrokes } from '../strokes.ts'
import { text } from '../text/index.ts'

export function followResult(explorer: Explorer, stage: Stage): void {
  explorer.watch(['looked'], ({ looked }) => {
    if (!looked) return
    stage.show(looked)
    stage.stride = { x: looked.width / looked.grid.w, y: looked.height / looked.grid.h }
  })
  explorer.watch(['result'], ({ result }) => {
    stage.describe = ({ x, y }) => [text.stage.at(x, y), result && segmentAt(result, x, y)].filter(Boolean).join(' · ')
    if (!result) return
    paintSegments(stage, result)
  })
  explorer.watch(['result', 'strokes'], ({ result, strokes }) => {
    if (result) paintMask(stage, withStrokes(result.mask as Uint8Array<ArrayBuffer>, result.width, strokes))
  })
}

function segmentAt({ labels, segments, width, height }: NonNullable<Explorer['value']['result']>, x: number, y: number): string {
  const segment = segments[labels[y * width + x] - 1]
  return text.stage.segment(segment.id, `${((100 * segment.area) / (width * height)).toFixed(1)} %`, segment.foreground)
}
