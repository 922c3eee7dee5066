/** @file `adzus evaluate` from outside, over small folders of drawn masks: most without any network. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { beforeAll, test } from 'vitest'
import { Journal } from '../src/cli/evaluate/journal.ts'
import { evaluateAll } from '../src/cli/evaluate/run.ts'
import { Progress } from '../src/cli/progress.ts'
import { adzus, filesBelow, temporaryFolder } from './support/cli.ts'
import { FAST, save } from './support/cli-segment.ts'
import { csvOf, drawn, pictureOf } from './support/evaluation.ts'
import { faultsOf, type Schema } from './support/schema.ts'

const FILES = ['cases.csv', 'evaluation.json', 'report.html', 'summary.json']
let schema: Schema

beforeAll(async () => {
  schema = JSON.parse(await readFile('schema/summary.schema.json', 'utf8'))
})

const summaryIn = async (folder: string) => {
  const summary = JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8'))
  assert.deepEqual(faultsOf(summary, schema), [])
  return summary
}

/** A 16 × 16 mask with the pixels of a box inside. */
const box = (x: number, y: number, width: number, height: number, inside = 255) => drawn(16, 16, [[x, y, width, height, inside]])

test('masks of two programs, head to head, without any network', async (t) => {
  const folder = await temporaryFolder(t)
  for (const [name, x] of [
    ['a', 2],
    ['b', 3],
    ['c', 4],
  ] as const)
    await save(folder, {
      [`masks/${name}.png`]: await box(x, 4, 8, 8),
      [`same/${name}.png`]: await box(x, 4, 8, 8, 1),
      [`half/${name}.mask.png`]: await box(x, 4, 4, 8),
    })
  const args = ['--masks', 'masks', '--predictions', 'same=same', '--predictions', 'half=half', '-o', 'out']
  const { code, stdout, stderr } = await adzus(['evaluate', ...args], { cwd: folder })
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /masks +3 +1\.000 \[1\.00, 1\.00\] +0\.667 \[0\.67, 0\.67\]/)
  assert.deepEqual(await filesBelow(join(folder, 'out')), FILES)
  const { sets, differences, model, failures } = await summaryIn(join(folder, 'out'))
  assert.deepEqual([model, failures], [null, []])
  const { same, half } = sets.masks
  assert.deepEqual([same.n, same.dice.mean, same.hd95.mean, same.unit], [3, 1, 0, 'px'])
  assert.deepEqual([half.iou.mean, half.precision.mean, half.recall.mean, half.volumeDifference.mean], [0.5, 1, 0.5, -0.5])
  const [difference] = differences.sets.masks
  assert.deepEqual([difference.method, difference.reference, difference.n, difference.share], ['same', 'half', 3, 1])
  assert.ok(Math.abs(difference.difference - 1 / 3) < 1e-12)
  const cases = csvOf(await readFile(join(folder, 'out', 'cases.csv'), 'utf8'))
  assert.deepEqual(
    cases.map(({ image, method, dice }) => [image, method, Number(dice)]),
    ['a', 'b', 'c'].flatMap((image) => [
      [image, 'same', 1],
      [image, 'half', 2 / 3],
    ]),
  )
})

test('what is wrong with a picture is said at the end, the others go on, and empty masks are counted', async (t) => {
  const folder = await temporaryFolder(t)
  const full = await box(4, 4, 8, 8)
  const none = await box(0, 0, 0, 0)
  await save(folder, {
    'masks/fine.png': full,
    'out1/fine.png': full,
    'masks/empty.png': none,
    'out1/empty.png': full,
    'masks/both.png': none,
    'out1/both.png': none,
    'masks/missing.png': full,
    'masks/small.png': full,
    'out1/small.png': await drawn(8, 8, []),
    'masks/classes.png': await drawn(16, 16, [
      [0, 0, 4, 4, 1],
      [4, 4, 4, 4, 2],
    ]),
    'out1/classes.png': full,
    'masks/broken.png': full.subarray(0, 60),
    'out1/broken.png': full,
  })
  const { code, stderr } = await adzus(['evaluate', '--masks', 'masks', '--predictions', 'one=out1', '-o', 'out'], { cwd: folder })
  assert.equal(code, 1)
  assert.match(stderr, /^4 of 7 pictures failed:\n/)
  assert.match(stderr, /masks\/missing \(one\): prediction \(one\): expected a file of the picture’s name, got none/)
  assert.match(stderr, /masks\/small \(one\): size \(out1.small\.png\): expected the picture’s 16 × 16 pixels, got 8 × 8/)
  assert.match(stderr, /masks\/classes: mask .*expected a picture of two values, got more, none of them above 2\..*--labels/)
  assert.match(stderr, /masks\/broken: /)
  const { sets, failures } = await summaryIn(join(folder, 'out'))
  const { one } = sets.masks
  assert.deepEqual(one.empty, { truth: 1, result: 0, both: 1 })
  assert.deepEqual([one.n, one.withoutEmpty.n, one.withoutEmpty.dice.mean], [3, 1, 1])
  assert.ok(Math.abs(one.dice.mean - 2 / 3) < 1e-12)
  assert.equal(failures.length, 4)
  const [both] = csvOf(await readFile(join(folder, 'out', 'cases.csv'), 'utf8'))
  assert.deepEqual([both['empty_truth'], both['empty_result'], both['dice'], both['hd95']], ['true', 'true', '1', '0'])
  assert.match(await readFile(join(folder, 'out', 'report.html'), 'utf8'), /Pictures without figures/)
})

test('classes by their values, objects by their numbers, patients by their names', async (t) => {
  const folder = await temporaryFolder(t)
  const truth = await drawn(16, 16, [
    [0, 0, 8, 8, 1],
    [8, 8, 8, 8, 2],
  ])
  const swapped = await drawn(16, 16, [
    [0, 0, 8, 8, 1],
    [8, 8, 8, 4, 2],
  ])
  for (const name of ['p1_a', 'p1_b', 'p2_a']) await save(folder, { [`masks/${name}.png`]: truth, [`out1/${name}.png`]: swapped })
  const base = ['evaluate', '--masks', 'masks', '--predictions', 'one=out1', '--group', '^(p\\d)_']
  const classes = await adzus([...base, '--labels', '1=cell,2=nucleus', '-o', 'classes'], { cwd: folder })
  const objects = await adzus([...base, '--instances', '-o', 'objects'], { cwd: folder })
  assert.deepEqual([classes.code, objects.code], [0, 0], classes.stderr + objects.stderr)
  const { one } = (await summaryIn(join(folder, 'classes'))).sets.masks
  assert.deepEqual([one.classes.cell.mean, one.classes.nucleus.mean], [1, 2 / 3])
  assert.ok(Math.abs(one.meanOfClasses.mean - 5 / 6) < 1e-12)
  const [line] = csvOf(await readFile(join(folder, 'classes', 'cases.csv'), 'utf8'))
  assert.deepEqual([line['group'], line['dice: cell'], Number(line['dice: nucleus'])], ['p1', '1', 2 / 3])
  const { instances } = (await summaryIn(join(folder, 'objects'))).sets.masks.one
  // Of two objects one is exact; the other has an IoU of 0.5 and counts at that level alone.
  assert.deepEqual([instances.ap50.mean, instances.aji.mean], [1, 0.75])
  assert.ok(Math.abs(instances.ap.mean - (1 + 9 / 3) / 10) < 1e-12)
})

test('the same call gives the same bytes, and --resume takes over what is unchanged', async (t) => {
  const folder = await temporaryFolder(t)
  for (const name of ['a', 'b'])
    await save(folder, { [`masks/${name}.png`]: await box(4, 4, 8, 8), [`out1/${name}.png`]: await box(4, 4, 8, 6) })
  const call = (out: string, ...more: string[]) =>
    adzus(['evaluate', '--masks', 'masks', '--predictions', 'one=out1', '-o', out, '--quiet', ...more], { cwd: folder })
  const textOf = (out: string, file: string) => readFile(join(folder, out, file), 'utf8')
  await call('first')
  await call('second')
  assert.equal(await textOf('first', 'cases.csv'), await textOf('second', 'cases.csv'))
  assert.equal((await textOf('first', 'report.html')).replace('-o first', '-o second'), await textOf('second', 'report.html'))
  // A figure in the journal shows whether a picture was done again.
  const marked = (await textOf('first', 'evaluation.json')).replaceAll('"recall":0.75', '"recall":0.125')
  await writeFile(join(folder, 'first', 'evaluation.json'), marked)
  await save(folder, { 'out1/b.png': await box(4, 4, 8, 4) })
  await call('first', '--resume')
  const recalls = csvOf(await textOf('first', 'cases.csv')).map(({ recall }) => recall)
  assert.deepEqual(recalls, ['0.125', '0.5'])
  await call('first', '--resume', '--tolerance', '1')
  assert.deepEqual(
    csvOf(await textOf('first', 'cases.csv')).map(({ recall }) => recall),
    ['0.75', '0.5'],
  )
})

test('files of another origin are not replaced, unless that is asked for', async (t) => {
  const folder = await temporaryFolder(t)
  const mask = await box(4, 4, 8, 8)
  await save(folder, { 'masks/a.png': mask, 'out1/a.png': mask, 'out/cases.csv': Buffer.from('patient,age\n') })
  const args = ['evaluate', '--masks', 'masks', '--predictions', 'one=out1', '-o', 'out']
  const refused = await adzus(args, { cwd: folder })
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /cases\.csv\): expected no file yet, or a result of adzus, got a file of another origin/)
  assert.deepEqual(await filesBelow(join(folder, 'out')), ['cases.csv'])
  assert.equal((await adzus([...args, '--overwrite'], { cwd: folder })).code, 0)
  assert.equal((await adzus(args, { cwd: folder })).code, 0)
})

test('wrong calls end with 2', async (t) => {
  const folder = await temporaryFolder(t)
  const mask = await box(4, 4, 8, 8)
  await save(folder, { 'data/images/a.png': mask, 'data/masks/a.png': mask })
  const calls: [string[], RegExp][] = [
    [[], /expected DATA or --masks, got none/],
    [['data', '--masks', 'data/masks'], /got both/],
    [['data', 'data'], /expected one folder, got 2/],
    [['--masks', 'data/masks'], /--predictions NAME=FOLDER beside it/],
    [['data', '--predictions', 'x'], /expected NAME=FOLDER, got x/],
    [['data', '--methods', 'atuo'], /foreground.*got atuo/],
    [['data', '--backend', 'cpu', '--methods', 'text=a cell'], /expected a rule without words/],
    [['data', '--methods', 'auto,auto'], /each method once, got auto twice/],
    [['data', '--methods', 'none', '--ablate', 'noise'], /methods that it varies/],
    [['data', '--ablate', 'nose'], /Did you mean noise\?/],
    [['data', '--baselines', 'disk'], /Did you mean disc\?/],
    [['data', '--group', '('], /a regular expression/],
    [['data', '--labels', '0=x'], /N from 1 on/],
    [['data', '--clicks', '0'], /--clicks.*from 1 to 100/],
    [['data', '--sets', 'dta'], /sets.*Did you mean data\?/],
  ]
  const ends = await Promise.all(calls.map(([args]) => adzus(['evaluate', ...args], { cwd: folder })))
  for (const [i, { code, stdout, stderr }] of ends.entries()) {
    assert.deepEqual([code, stdout], [2, ''], `${calls[i][0]}: ${stderr}`)
    assert.match(stderr, calls[i][1])
  }
})

test('rules, thresholds, clicks, oracles and baselines of two sets, each in its block', async (t) => {
  const folder = await temporaryFolder(t)
  for (const [i, name] of ['one/images/a', 'one/images/b', 'two/images/a', 'two/images/lonely'].entries()) {
    const { picture, mask } = await pictureOf(64, 20 + 4 * i)
    await save(folder, {
      [`data/${name}.png`]: picture,
      ...(name.includes('lonely') ? {} : { [`data/${name.replace('images', 'masks')}.png`]: mask }),
    })
  }
  await save(folder, { 'data/unmasked/images/a.png': (await pictureOf(64, 20)).picture })
  const args = [
    '--methods',
    'auto,point=32,32',
    '--thresholds',
    '0.2,0.4',
    '--clicks',
    '2',
    '--oracles',
    '--baselines',
    'disc,otsu',
    '--ablate',
    'anchors',
  ]
  const { code, stdout, stderr } = await adzus(['evaluate', 'data', ...args, '-o', 'out', ...FAST.slice(0, 4), '--json'], { cwd: folder })
  assert.equal(code, 1)
  assert.match(stderr, /left out: unmasked has no folder masks/)
  assert.match(stderr, /1 of 4 pictures failed:\n {2}two\/lonely: truth .*expected a file .*lonely\.\*, got none/)
  const summary = await summaryIn(join(folder, 'out'))
  assert.deepEqual(JSON.parse(stdout), summary)
  const blocks = Object.entries(summary.sets.one).map(([name, method]) => [name, (method as { block: string }).block])
  assert.deepEqual(blocks.slice(0, 11), [
    ['auto@0.2', 'blind'],
    ['point=32,32@0.2', 'blind'],
    ['auto@0.4', 'blind'],
    ['point=32,32@0.4', 'blind'],
    ['click1', 'click'],
    ['click2', 'click'],
    ['oracle polarity', 'oracle'],
    ['oracle hungarian', 'oracle'],
    ['oracle subset', 'oracle'],
    ['auto@0.2 anchors=4', 'ablation'],
    ['point=32,32@0.2 anchors=4', 'ablation'],
  ])
  assert.deepEqual(blocks.slice(-2), [
    ['disc', 'baseline'],
    ['otsu', 'baseline'],
  ])
  assert.deepEqual([summary.sets.one['auto@0.2'].n, summary.sets.two['auto@0.2'].n, summary.overall['auto@0.2'].n], [2, 1, 3])
  // A bright disc on dark ground is what Otsu finds.
  assert.ok(summary.overall.otsu.dice.mean > 0.99)
  assert.equal(summary.clicks.overall.most, 2)
  // Nothing of one block is compared with another, but for the first blind method with baselines.
  for (const { block, method, reference } of summary.differences.overall) {
    const [a, b] = [summary.overall[method].block, summary.overall[reference].block]
    assert.ok(
      a === b || (block === 'baseline' && a === 'blind' && b === 'baseline') || (block === 'ablation' && b === 'blind'),
      `${method} − ${reference}`,
    )
  }
})

test('a thousand pictures: memory stays', async (t) => {
  const folder = await temporaryFolder(t)
  const side = 256
  const [truth, result] = [await drawn(side, side, [[40, 40, 90, 90, 255]]), await drawn(side, side, [[50, 40, 90, 90, 255]])]
  await save(folder, { 'truth.png': truth, 'result.png': result })
  const [maskPath, path] = ['truth.png', 'result.png'].map((name) => join(folder, name))
  const items = Array.from({ length: 1000 }, (_, i) => ({ set: 'one', image: `${i}`, maskPath, predictions: new Map([['two', path]]) }))
  let most = 0
  class Watching extends Progress {
    override show(): void {
      most = Math.max(most, process.memoryUsage().arrayBuffers)
    }
  }
  const plan = { methods: [], clicks: 0, oracles: false, baselines: [], variants: [] }
  const { cases } = await evaluateAll({
    items,
    adzus: undefined,
    plan,
    options: {},
    instances: false,
    tolerance: 2,
    journal: new Journal(folder, '0', 'call'),
    lead: 'two',
    progress: new Watching(true),
    signal: new AbortController().signal,
  })
  assert.equal(cases.length, 1000)
  // Their masks together would take 125 MiB.
  assert.ok(most < 80 * 2 ** 20, `${most} bytes`)
})
