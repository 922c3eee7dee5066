/**
 * @file The model in a thread of its own: the page stays quick while networks run. One picture is
 * looked at once (a second or so); every click on it is then answered without a pass of the network.
 */
import { Adzus, type View } from 'adzus'
import type { Answer, Order } from './protocol.ts'

let adzus: Promise<Adzus> | undefined
let view: View | undefined

/** Orders are answered one after another, in their order. */
let last: Promise<void> = Promise.resolve()
self.onmessage = ({ data }: MessageEvent<Order>) => {
  last = last.then(() => obey(data))
}

async function obey(order: Order): Promise<void> {
  try {
    const answer = await answerTo(order)
    // The mask's memory moves to the page.
    postMessage(answer, { transfer: answer.kind === 'mask' ? [answer.mask.buffer] : [] })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    postMessage({ id: order.id, kind: 'failed', message } satisfies Answer)
  }
}

async function answerTo(order: Order): Promise<Answer> {
  const { id } = order
  if (order.kind === 'click') {
    if (!view) throw new Error('no picture is open')
    const mask = await view.mask({ point: [order.x, order.y] })
    return { id, kind: 'mask', mask: new Uint8Array(mask) }
  }
  await view?.dispose()
  view = undefined
  if (order.kind === 'close') {
    await (await adzus)?.dispose()
    adzus = undefined
    return { id, kind: 'closed' }
  }
  adzus ??= Adzus.load()
  const model = await adzus
  view = await model.look(order.picture)
  const { width, height } = view
  return { id, kind: 'opened', width, height, backend: model.backend.description }
}
