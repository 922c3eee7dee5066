/** @file The page's state without a page: settings in the address, the store, steps that keep up, calls to the worker. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { Order, Report } from '../../explorer/engine/calls.ts'
import { Engine, EngineError } from '../../explorer/engine/engine.ts'
import { Pursuit } from '../../explorer/pursuit.ts'
import { changesOf, DEFAULTS, fromHash, toHash } from '../../explorer/settings.ts'
import { Store } from '../../explorer/store.ts'

test('an address holds all settings that are not as by default, and gives them back', () => {
  assert.equal(toHash(DEFAULTS), '')
  assert.deepEqual(fromHash(''), DEFAULTS)
  const settings = {
    ...DEFAULTS,
    panel: 'change' as const,
    sample: 'retina',
    backend: 'cpu' as const,
    look: { timesteps: [500, 300], prompt: 'a & b = c #1' },
    question: { thresholds: [0.2, 0.4, 0.4], foreground: { points: [[1, 2]] as [number, number][] } },
    attention: { layer: 'up_blocks.3', head: 1, direction: 'to' as const, pins: [[3, 4]] as [number, number][] },
    stage: 'merging',
    step: 3,
  }
  assert.deepEqual(fromHash(`#${toHash(settings)}`), settings)
})

test('what an address says wrongly is as by default', () => {
  const wrong = fromHash('#panel=none&backend=gpu&look=[1]&question={oops&step=-1&nothing=1&__proto__={}&attention={"layer":"a"}')
  assert.deepEqual(wrong, { ...DEFAULTS, attention: { ...DEFAULTS.attention, layer: 'a' } })
})

test('another address changes nothing but what it says, so that nothing else is done again', () => {
  const before = { ...DEFAULTS, look: { noise: 1 }, question: { anchors: 8 } }
  const after = fromHash(`#${toHash({ ...before, stage: 'mask', question: { anchors: 9 } })}`)
  assert.deepEqual(changesOf(after, before), { stage: 'mask', question: { anchors: 9 } })
  assert.deepEqual(changesOf(fromHash(`#${toHash(before)}`), before), {})
})

test('a store tells those who watch what has changed, and nobody when nothing has', () => {
  const store = new Store<{ a: number; b: number }>({ a: 1, b: 2 })
  const seen: number[] = []
  const end = store.watch(['a'], ({ a }) => seen.push(a))
  store.set({ b: 3 })
  store.set({ a: 1 })
  store.set({ a: 5 })
  end()
  store.set({ a: 6 })
  assert.deepEqual(seen, [1, 5])
})

/** Steps `first` and `second`, where `second` needs what `first` made; what ran, in order. */
function twoSteps() {
  const state = { a: 1, b: 1, made: undefined as number | undefined, fails: false }
  const ran: string[] = []
  const gates: (() => void)[] = []
  const ends: unknown[] = []
  const step = (name: string, value: () => number, then: () => void) => async (signal: AbortSignal) => {
    ran.push(`${name} ${value()}`)
    await new Promise<void>((resolve) => gates.push(resolve))
    signal.throwIfAborted()
    if (state.fails) throw new Error('failed')
    then()
  }
  const pursuit: Pursuit = new Pursuit(
    [
      {
        name: 'first',
        inputs: () => [state.a],
        run: step(
          'first',
          () => state.a,
          () => {
            state.made = state.a
          },
        ),
      },
      {
        name: 'second',
        inputs: () => (state.made === undefined ? undefined : [state.made, state.b]),
        run: step(
          'second',
          () => state.b,
          () => {},
        ),
      },
    ],
    (error) => ends.push(error),
  )
  const finish = async () => {
    gates.shift()!()
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }
  return { state, ran, ends, pursuit, finish }
}

test('steps follow their inputs: later ones wait, and a change of others does not stop the one under way', async () => {
  const { state, ran, ends, pursuit, finish } = twoSteps()
  pursuit.changed()
  state.b = 2
  pursuit.changed()
  await finish()
  await finish()
  assert.deepEqual(ran, ['first 1', 'second 2'])
  assert.deepEqual(ends, [undefined])
  pursuit.changed()
  assert.equal(ran.length, 2)
})

test('a change of its own inputs begins a step anew, once for several changes', async () => {
  const { state, ran, pursuit, finish } = twoSteps()
  pursuit.changed()
  state.a = 2
  pursuit.changed()
  state.a = 3
  pursuit.changed()
  await finish()
  await finish()
  await finish()
  assert.deepEqual(ran, ['first 1', 'first 3', 'second 1'])
})

test('what was stopped or failed begins again only when asked or changed', async () => {
  const { state, ran, ends, pursuit, finish } = twoSteps()
  pursuit.changed()
  pursuit.stop()
  await finish()
  assert.deepEqual([ran, ends], [['first 1'], [undefined]])
  pursuit.changed()
  assert.equal(ran.length, 1)
  state.fails = true
  pursuit.again('first')
  await finish()
  assert.match(String(ends[1]), /failed/)
  pursuit.changed()
  assert.equal(ran.length, 2)
  state.fails = false
  pursuit.again('first')
  await finish()
  await finish()
  assert.deepEqual(ran, ['first 1', 'first 1', 'first 1', 'second 1'])
})

/** A worker that answers when it is told to. */
function fakeWorker() {
  const heard: Order[] = []
  let ended = 0
  const worker = {
    onmessage: undefined as ((event: { data: Report }) => void) | undefined,
    onerror: undefined as ((event: { message: string }) => void) | undefined,
    postMessage: (order: Order) => heard.push(order),
    terminate: () => {
      ended++
    },
  }
  return { worker, heard, ended: () => ended }
}

test('calls get their own answers, progress and errors; a signal stops, and a lost worker fails all', async () => {
  const fakes: ReturnType<typeof fakeWorker>[] = []
  const engine = new Engine(() => {
    fakes.push(fakeWorker())
    return fakes.at(-1)!.worker as unknown as Worker
  })
  const stages: string[] = []
  const controller = new AbortController()
  const ask = { view: 1, question: {} }
  const one = engine.ask('segment', ask, { onProgress: ({ stage }) => stages.push(stage) })
  const two = engine.ask('segment', ask, { signal: controller.signal })
  const three = engine.ask('segment', ask)
  const [{ worker, heard, ended }] = fakes
  const tell = (data: Report) => worker.onmessage!({ data })
  tell({ id: 0, kind: 'progress', progress: { stage: 'group', timings: {} } })
  tell({ id: 0, kind: 'answer', answer: { width: 7 } as never })
  assert.equal((await one).width, 7)
  assert.deepEqual(stages, ['group'])
  controller.abort()
  assert.deepEqual(heard.at(-1), { id: 1, call: 'stop' })
  tell({ id: 1, kind: 'failed', failure: { message: 'stopped', kind: 'stopped' } })
  await assert.rejects(two, (error) => error instanceof EngineError && error.kind === 'stopped')
  worker.onerror!({ message: 'out of memory' })
  await assert.rejects(three, (error) => error instanceof EngineError && error.kind === 'gone' && /out of memory/.test(error.message))
  assert.equal(ended(), 1)
  const four = engine.ask('segment', ask)
  assert.equal(fakes.length, 2)
  engine.end('closed')
  await assert.rejects(four, /closed/)
  await assert.rejects(engine.ask('segment', ask, { signal: AbortSignal.abort() }), /stopped/)
})
