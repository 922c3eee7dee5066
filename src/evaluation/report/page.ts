/**
 * @file `report.html`: one file that needs no network and no scripts, for screens and paper.
 */
import { BLOCK_TEXTS, BLOCKS, type Block } from '../blocks.ts'
import type { Case } from '../case.ts'
import { leadOf, type Summary } from '../summary.ts'
import { citations, methodsParagraph } from './citing.ts'
import { escaped } from './html.ts'
import { pictureRow, type SetPictures } from './pictures.ts'
import { stripPlot } from './strip-plot.ts'
import { STYLE } from './style.ts'
import { ablationTable, blockTable, clicksTable, differencesTable, failuresTable, overviewTable, parametersTable } from './tables.ts'

const BEGINNING = '<!doctype html>\n<html lang="en" data-adzus="'

/** Whether a file's first 64 bytes are those of a report. */
export function isReport(beginning: Uint8Array): boolean {
  return new TextDecoder().decode(beginning).startsWith(BEGINNING)
}

/** @param pictures of each set, where there are any */
export function reportPage(summary: Summary, cases: readonly Case[], pictures: ReadonlyMap<string, SetPictures>): string {
  const sets = Object.keys(summary.sets)
  const several = sets.length > 1
  return `${BEGINNING}${escaped(summary.adzus)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation by ADZUS</title><style>${STYLE}</style></head>
<body>
<header><h1>Evaluation by ADZUS ${escaped(summary.adzus)}</h1>
<p>${counted(cases, sets.length)} Figures are means with ${100 * summary.parameters.level} % intervals in brackets, by bootstrap over ${
    summary.parameters.group === null ? 'pictures' : 'groups of pictures'
  } (${summary.parameters.resamples.toLocaleString('en')} resamples, seed ${summary.parameters.seed}). Research software, not a medical device.</p></header>
<main>
${several ? overview(summary) : ''}
${sets.map((set) => setSection(set, summary, cases, pictures.get(set))).join('\n')}
${failuresTable(summary.failures)}
<section><h2>How it was made</h2>
${methodsParagraph(summary)}
${parametersTable(summary)}
<h3>Call</h3><pre tabindex="0">${escaped(summary.command)}</pre>
<h3>To cite</h3><pre tabindex="0">${escaped(citations(summary))}</pre></section>
</main></body></html>
`
}

function counted(cases: readonly Case[], sets: number): string {
  const images = new Set(cases.map((c) => `${c.set}/${c.image}`)).size
  return `${images} ${images === 1 ? 'picture' : 'pictures'} of ${sets} ${sets === 1 ? 'set' : 'sets'}.`
}

/** Sets by methods, each block by itself. */
function overview(summary: Summary): string {
  const blocks = BLOCKS.filter((block) => Object.values(summary.overall).some((m) => m.block === block))
  const table = (block: Block) =>
    block === 'ablation'
      ? ablationTable(`${BLOCK_TEXTS[block].title}, all pictures`, names(block), summary.overall, summary.differences.overall)
      : overviewTable(block, summary)
  const names = (block: Block) => Object.keys(summary.overall).filter((name) => summary.overall[name].block === block)
  const tables = blocks.map((block) => heading(block) + table(block))
  return `<section><h2>All sets</h2>${tables.join('\n')}
${clicksTable('all pictures', summary.clicks.overall)}
${differencesTable('Paired differences of Dice over all pictures', summary.differences.overall)}</section>`
}

function heading(block: Block): string {
  const { title, scope } = BLOCK_TEXTS[block]
  return `<h3>${title}</h3><p class="scope">${scope}</p>`
}

function setSection(set: string, summary: Summary, cases: readonly Case[], pictures: SetPictures | undefined): string {
  const methods = summary.sets[set]
  const own = cases.filter((c) => c.set === set)
  const parts = BLOCKS.flatMap((block) => {
    const names = Object.keys(methods).filter((name) => methods[name].block === block)
    if (names.length === 0) return []
    const { title } = BLOCK_TEXTS[block]
    const caption = `${title}, ${escaped(set)}`
    if (block === 'ablation') return [heading(block) + ablationTable(caption, names, methods, summary.differences.sets[set])]
    const plot = stripPlot(`${title}, ${set}: Dice of each picture, means and intervals`, names, own, methods)
    return [heading(block) + blockTable(caption, names, methods) + plot]
  })
  const lead = leadOf(own)
  const shown =
    pictures && lead !== undefined
      ? `<h3>Lowest and highest Dice of ${escaped(lead)}</h3><p class="scope">The true mask is outlined in yellow, the result in dashed cyan.</p>${pictureRow(pictures)}`
      : ''
  return `<section class="set"><h2>${escaped(set)}</h2>
${parts.join('\n')}
${clicksTable(set, summary.clicks.sets[set])}
${differencesTable(`Paired differences of Dice, ${set}`, summary.differences.sets[set])}
${shown}</section>`
}
