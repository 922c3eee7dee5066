/** @file The parts of the panel Use that need no page: undo, strokes, clicks, and settings as a command and as code. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { asCode, asCommand } from '../../explorer/panels/use/as-command.ts'
import { hintsOf, ruleOf, withBox, withClick } from '../../explorer/panels/use/hints.ts'
import { History } from '../../explorer/panels/use/history.ts'
import { withStrokes } from '../../explorer/strokes.ts'
import { parseForeground } from '../../src/index.ts'

const PLAIN = { look: {}, question: {}, backend: 'auto', source: { kind: 'embedded' } } as const

test('steps are undone and redone in order, and a new step forgets what was undone', () => {
  const history = new History<string>(2)
  history.push('a')
  history.push('b')
  assert.equal(history.undo('c'), 'b')
  assert.equal(history.redo('b'), 'c')
  assert.equal(history.undo('c'), 'b')
  history.push('b')
  assert.equal(history.canRedo, false)
  assert.equal(history.undo('d'), 'b')
  assert.equal(history.undo('b'), 'a')
  assert.equal(history.undo('a'), undefined)
  for (const value of ['1', '2', '3']) history.push(value)
  assert.equal(history.undo('4'), '3')
  assert.equal(history.undo('3'), '2')
  assert.equal(history.undo('2'), undefined)
})

test('a stroke paints every pixel within its radius of its way, and later ones win', () => {
  const mask = new Uint8Array(9 * 5)
  const line = withStrokes(mask, 9, [
    {
      adds: true,
      radius: 1,
      way: [
        [2, 2],
        [6, 2],
      ],
    },
  ])
  const rows = (values: Uint8Array) =>
    Array.from({ length: 5 }, (_, y) => Array.from(values.subarray(9 * y, 9 * y + 9), (v) => (v ? '#' : '.')).join(''))
  assert.deepEqual(rows(line), ['.........', '..#####..', '.#######.', '..#####..', '.........'])
  const erased = withStrokes(mask, 9, [
    {
      adds: true,
      radius: 1,
      way: [
        [2, 2],
        [6, 2],
      ],
    },
    { adds: false, radius: 0, way: [[4, 2]] },
  ])
  assert.deepEqual(rows(erased), ['.........', '..#####..', '.###.###.', '..#####..', '.........'])
  assert.ok(mask.every((value) => value === 0))
  const corner = withStrokes(mask, 9, [{ adds: true, radius: 1.5, way: [[0, 0]] }])
  assert.deepEqual(rows(corner), ['##.......', '##.......', '.........', '.........', '.........'])
})

test('clicks and boxes become a rule; a click on a mark removes it', () => {
  const none = hintsOf('auto')
  const one = withClick(none, { x: 5, y: 6 }, 'points', 2)
  assert.deepEqual(ruleOf(one), { points: [[5, 6]] })
  const two = withClick(one, { x: 9, y: 6 }, 'background', 2)
  assert.deepEqual(ruleOf(two), { points: [[5, 6]], background: [[9, 6]] })
  assert.deepEqual(ruleOf(withClick(two, { x: 6, y: 6 }, 'background', 2)), undefined)
  assert.deepEqual(ruleOf(withBox(none, { x: 9, y: 8 }, { x: 1, y: 2 })), { box: [1, 2, 9, 8] })
  assert.deepEqual(ruleOf(withBox({ ...none, box: [1, 2, 3, 4] }, { x: 9, y: 8 }, { x: 9, y: 2 })), undefined)
  assert.deepEqual(hintsOf({ point: [1, 2] }), { points: [[1, 2]], background: [] })
})

test('a command holds every choice, and quotes what a shell would take apart', () => {
  assert.equal(asCommand(PLAIN, 'cell.png'), 'adzus segment cell.png')
  const question = {
    thresholds: [0.4, 0.4, 0.5],
    foreground: { points: [[1, 2]] as [number, number][], background: [[3, 4]] as [number, number][], box: [0, 0, 9, 9] as const },
    fillHoles: false,
    excludeBorder: true,
  }
  const look = {
    size: [512, 384] as [number, number],
    timesteps: [500, 300],
    prompt: "it's a cell",
    window: { percentiles: [0.5, 99.5] as [number, number] },
  }
  const command = asCommand({ ...PLAIN, look, question, backend: 'cpu' }, 'my cell.png', ['mask', 'json'])
  assert.equal(
    command,
    "adzus segment 'my cell.png' --backend cpu --size 512x384 --timesteps 500,300 --prompt 'it'\\''s a cell' --window p0.5,p99.5 " +
      "--thresholds 0.4,0.4,0.5 --foreground 'point=1,2;-3,4;box=0,0,9,9' --no-fill-holes --exclude-border --save mask,json",
  )
  const [, rule] = /--foreground '([^']+)'/.exec(command)!
  assert.deepEqual(parseForeground(rule), question.foreground)
  assert.match(asCommand({ ...PLAIN, source: { kind: 'hub', id: 'owner/name' } }, 'a.png'), /--model owner\/name/)
})

test('code names the picture and holds every choice', () => {
  const code = asCode({ ...PLAIN, question: { foreground: { points: [[1, 2]] }, thresholds: [0.2] } }, "it's.png")
  assert.match(code, /Adzus\.load\(\)/)
  assert.match(code, /readFile\('it\\'s\.png'\), \{ foreground: \{ points: \[\[1, 2\]\] \}, thresholds: \[0\.2\] \}\)/)
})
