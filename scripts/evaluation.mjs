/**
 * @file `npm run evaluation -- DATA [options of adzus evaluate]`: evaluates the sets of a folder with all baselines, a click and oracles, and writes the tables of
 * docs/evaluation.md and README.md anew, between their marks. The report stays in out/evaluation, since most pictures may not be shown.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { root, run, setup } from './setup.mjs'

/** What sets are called in the tables, by their folders. */
const TITLES = {
  wbc1: 'white blood cells 1',
  wbc2: 'white blood cells 2',
  skin_isic2017: 'dermoscopy, ISIC 2017',
  cxr_lung: 'chest X-ray, lungs',
  cxr_infection: 'chest X-ray, infection',
  nuclei: 'nuclei',
  polyp: 'polyps',
  wound: 'wounds',
  ultrasound_busi: 'breast ultrasound',
  retina: 'retina',
}
const BLOCKS = {
  blind: 'Blind methods',
  baseline: 'Baselines',
  click: 'A click (placed by the true masks)',
  oracle: 'Oracles (they use the true masks)',
}
const OUT = join(root, 'out', 'evaluation')

setup()
const summaryFile = join(OUT, 'summary.json')
run(
  process.execPath,
  [join(root, 'bin', 'adzus.js'), 'evaluate', ...process.argv.slice(2), '--baselines', 'all', '--clicks', '1', '--oracles', '-o', OUT],
  {
    cwd: process.cwd(),
  },
)
const summary = JSON.parse(readFileSync(summaryFile, 'utf8'))
const methods = Object.keys(summary.overall)
const inBlock = (block) => methods.filter((name) => summary.overall[name].block === block)
const named = Object.entries(TITLES).filter(([set]) => summary.sets[set])
const others = Object.keys(summary.sets).filter((set) => !TITLES[set])
const sets = [...named, ...others.map((set) => [set, set])]

write(
  'docs/evaluation.md',
  `${origin()}\n\n${Object.entries(BLOCKS)
    .map(([block, title]) => blockTables(block, title))
    .join('\n\n')}\n\n${differences()}`,
)
write('README.md', setTable(['auto', 'center', 'disc', 'otsu'], 'dice', 3))

/** Which version, model and parameters the tables are of. */
function origin() {
  const { adzus, model, parameters, machine } = summary
  const { size, timesteps, method } = parameters.segmentation
  const pictures = Math.max(...Object.values(summary.overall).map(({ n }) => n))
  return `Version ${adzus}, the embedded model (SHA-256 ${model.sha256.slice(0, 12)}…), ${machine.backend.replace(/,.*/, ')')}, ${size.join(' × ')} pixels, time steps ${timesteps.join(', ')}, thresholds ${method.thresholds.join(', ')}, ${pictures} pictures of ${sets.length} sets. Means with ${100 * parameters.level} % intervals (${parameters.resamples.toLocaleString('en')} bootstrap resamples over pictures, seed ${parameters.seed}); surface tolerance ${parameters.tolerance} pixels.`
}

function blockTables(block, title) {
  const names = inBlock(block)
  const overall = [
    ['method', 'Dice', 'median Dice', 'IoU', 'precision', 'recall', 'HD95 (px)', 'NSD', 'empty results'],
    ...names.map((name) => {
      const m = summary.overall[name]
      const mean = (figure, digits = 3) => m[figure]?.mean.toFixed(digits) ?? '–'
      return [
        name,
        interval(m.dice),
        m.dice.median.toFixed(3),
        interval(m.iou),
        mean('precision'),
        mean('recall'),
        interval(m.hd95, 1),
        interval(m.nsd),
        `${m.empty.result}`,
      ]
    }),
  ]
  return `### ${title}\n\nMean Dice by set:\n\n${setTable(names, 'dice', 3)}\n\nAll pictures:\n\n${markdown(overall)}`
}

function setTable(names, figure, digits) {
  const rows = sets.map(([set, title]) => [
    title,
    `${summary.sets[set][names[0]].n}`,
    ...names.map((name) => interval(summary.sets[set][name][figure], digits)),
  ])
  const all = ['all pictures', `${summary.overall[names[0]].n}`, ...names.map((name) => interval(summary.overall[name][figure], digits))]
  const last = figure === 'dice' ? [['mean of the sets', '', ...names.map((name) => interval(summary.meanOfSets[name], digits))]] : []
  return markdown([['set', 'pictures', ...names], ...rows, all, ...last])
}

function differences() {
  const rows = [
    ...sets.map(([set, title]) => [title, summary.differences.sets[set]]),
    ['all pictures', summary.differences.overall],
  ].flatMap(([title, list]) =>
    list
      .filter(({ reference }) => reference === 'disc' || reference === 'otsu')
      .map(({ method, reference, n, difference, low, high, share }) => [
        title,
        `${n}`,
        `${method} − ${reference}`,
        `${difference.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`,
        share.toFixed(3),
      ]),
  )
  return `### Paired differences\n\nMean differences of Dice on the same resamples, and the share of resamples in which the method is better:\n\n${markdown([['set', 'pictures', 'difference', 'mean', 'share'], ...rows])}`
}

function interval(of, digits = 3) {
  const less = Math.max(1, digits - 1)
  return of ? `${of.mean.toFixed(digits)} [${of.low.toFixed(less)}, ${of.high.toFixed(less)}]` : '–'
}

function markdown([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

/** Replaces what is between the marks of a document. */
function write(document, tables) {
  const path = join(root, document)
  const [begin, end] = ['<!-- tables by scripts/evaluation.mjs -->', '<!-- end -->']
  const text = readFileSync(path, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${document}: no marks ${begin} … ${end}`)
  writeFileSync(path, `${text.slice(0, from + begin.length)}\n${tables}\n${text.slice(to)}`)
}
