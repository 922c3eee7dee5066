/** @file Stage merging: round by round, who joined whom and what is left. */
import { fill, h } from '../../dom.ts'
import type { Merging } from '../../engine/way.ts'
import { text } from '../../text/index.ts'
import type { Chapter } from './chapter.ts'
import { canvasOf, copyOf, cssColour, figure, markDot } from './drawing.ts'
import type { Material } from './material.ts'
import { markTile, mosaicOf, mosaicSize, tileAt } from './mosaic.ts'
import { countsOf, homesOf } from './numbers.ts'

const words = text.understand.merging
/** Members that are named. */
const NAMED = 8

export const merging: Chapter = async (material) => {
  const found = await material.ask('merging', { choice: material.choice, method: material.result.parameters.method })
  const counts = countsOf(found.tree)
  const { thresholds, refine } = material.result.parameters.method
  const pane = h('div', {})
  const show = (round: number) => fill(pane, ...roundOf(found, round, material))
  const choices = counts.map((count, round) => {
    const box = h('input', { type: 'radio', name: 'round', value: `${round}`, checked: round === counts.length - 1 })
    box.addEventListener('change', () => show(round))
    return h('label', {}, box, ` ${words.round(round, count)}`)
  })
  show(counts.length - 1)
  return {
    thumbnail: copyOf(mosaicOf(found.proposals.at(-1)!)),
    facts: words.facts(counts, thresholds),
    element: h(
      'div',
      {},
      h('fieldset', { className: 'rounds' }, h('legend', {}, words.rounds), ...choices),
      pane,
      refine && h('p', { className: 'hint' }, words.refined),
    ),
  }
}

/** The proposals after a round, and the anchors in the colours of their groups. */
function roundOf({ tree, proposals }: Merging, round: number, material: Material): Node[] {
  const maps = proposals[round]
  const homes = homesOf(tree, round)
  const mosaic = mosaicOf(maps)
  const size = mosaicSize(maps.grid, maps.count)
  const tiles = canvasOf(size.width, size.height, 'mosaic')
  const picture = canvasOf(material.small.width, material.small.height)
  const told = h('p', { 'aria-live': 'polite' })
  const tilesFigure = figure(tiles, words.tiles(maps.count), words.tiles(maps.count))
  const choice = h(
    'select',
    { id: 'merging-group' },
    ...Array.from({ length: maps.count }, (_, i) => h('option', { value: `${i}` }, `${i + 1}`)),
  )
  const choose = (group: number) => {
    choice.value = `${group}`
    const brush = tiles.getContext('2d')!
    brush.drawImage(mosaic, 0, 0)
    markTile(tiles, size, group)
    paintAnchors(picture, material, { cells: tree.anchors, homes, chosen: group, grid: maps.grid })
    told.textContent = membersOf(tree, round, group, homes.filter((home) => home === group).length)
  }
  choice.addEventListener('change', () => choose(Number(choice.value)))
  tiles.addEventListener('click', ({ offsetX, offsetY }) => {
    const scale = tiles.width / tiles.clientWidth
    const group = tileAt(size, offsetX * scale, offsetY * scale)
    if (group < maps.count) choose(group)
  })
  choose(0)
  return [
    h('p', {}, h('label', { htmlFor: choice.id }, `${words.group} `), choice),
    told,
    h('div', { className: 'figures large' }, tilesFigure, figure(picture, words.anchors, words.anchorsWords(new Set(homes).size))),
  ]
}

interface AnchorColours {
  cells: readonly number[]
  homes: readonly number[]
  chosen: number
  grid: Merging['proposals'][number]['grid']
}

function paintAnchors(picture: HTMLCanvasElement, { small }: Material, { cells, homes, chosen, grid }: AnchorColours): void {
  picture.getContext('2d')!.drawImage(small, 0, 0)
  const radius = Math.max(1.5, small.width / 180)
  for (const [i, cell] of cells.entries())
    markDot(picture, cell, grid, cssColour((homes[i] % 255) + 1), homes[i] === chosen ? 2 * radius : radius)
}

/** Who founded a group, and who joined it at which divergence. */
function membersOf({ rounds }: Merging['tree'], round: number, group: number, anchors: number): string {
  if (round === 0) return words.first(group + 1)
  const [founder, ...others] = rounds[round - 1].groups[group]
  const nearest = [...others].sort((a, b) => a.divergence - b.divergence)
  const named = nearest.slice(0, NAMED).map(({ proposal, divergence }) => words.member(proposal + 1, divergence))
  return words.members(group + 1, founder.proposal + 1, named, others.length - named.length, anchors)
}
