/**
 * @file `NAME.svg`: the shapes as paths along the edges of pixels, without the picture. One unit is
 * one pixel. Holes are left out by the rule of even and odd crossings.
 */
import type { Polygon, Ring } from '../pixels/outlines.ts'
import { hasSvgMark, svgMark } from './mark.ts'
import type { ImageOutput } from './output.ts'
import { nameOf, type Shape, shapesOf } from './shapes.ts'

/** The groups, from the lowest layer to the highest, with their styles. */
const LAYERS = [
  ['segment', 'layer-segments', 'fill-opacity="0.35" stroke="none"'],
  ['foreground', 'layer-foreground', 'fill-opacity="0" stroke-width="2"'],
  ['object', 'layer-objects', 'fill-opacity="0.35" stroke-width="1"'],
] as const

export const svg: ImageOutput = {
  per: 'image',
  name: 'svg',
  suffix: '.svg',
  help: 'outlines of foreground, segments and, where many are seen, objects as paths',
  isOurs: hasSvgMark,
  encode: async ({ result, run }) => {
    const { width, height } = result
    const shapes = shapesOf(result)
    const groups = LAYERS.map(([kind, id, style]) => {
      const paths = shapes.filter((shape) => shape.kind === kind).map(pathOf)
      return `<g id="${id}" fill-rule="evenodd" ${style}>\n${paths.join('')}</g>\n`
    })
    const text = `${svgMark(run.version)}<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n${groups.join('')}</svg>\n`
    return new TextEncoder().encode(text)
  },
}

function pathOf(shape: Shape): string {
  const colour = `rgb(${shape.colour.join()})`
  return `<path id="${nameOf(shape)}" fill="${colour}" stroke="${colour}" d="${drawn(shape.polygons)}"/>\n`
}

/** Every edge is along a row or a column. */
function drawn(polygons: readonly Polygon[]): string {
  return polygons.flat().map(ringPath).join('')
}

function ringPath(ring: Ring): string {
  let path = `M${ring[0]} ${ring[1]}`
  // The last edge is what closes the path.
  for (let i = 2; i + 2 < ring.length; i += 2) {
    const [across, down] = [ring[i] - ring[i - 2], ring[i + 1] - ring[i - 1]]
    path += down === 0 ? `h${across}` : `v${down}`
  }
  return `${path}z`
}
