/**
 * @file Many pictures: what waits for what.
 *
 * While the device works on one group of pictures, the next is read and decoded, and whoever asked
 * for the results does with the one before what they like (encode, write). No more than these three
 * groups exist at a time, however many pictures there are. Results come in the order of the
 * pictures, and what is wrong with a picture stays its own.
 */
import { isFunction, isRecord, must } from '../arguments.ts'
import { AdzusError } from '../errors.ts'
import { macrotask } from '../macrotask.ts'
import type { ImageInput } from './image-input.ts'
import type { SegmentOptions } from './options.ts'

/** Beyond this, a larger batch saves nothing any more. */
export const MAX_BATCH = 64

/** A picture that is read when its turn comes. */
export interface LazyImage {
  /** What it is called in errors (default: `picture N`, from 1). */
  name?: string
  /** A failure with an `AdzusError` is this picture's result; any other ends everything. */
  read: () => Promise<ImageInput>
}

export function isLazy(image: ImageInput | LazyImage): image is LazyImage {
  return typeof image === 'object' && image !== null && 'read' in image
}

/** How many pictures are segmented. */
export interface ManyOptions extends Omit<SegmentOptions, 'name' | 'onProgress'> {
  /**
   * So many pictures go through the networks at once, 1 (the default) to 64; fewer where the device
   * has no room for them.
   */
  batch?: number
  /**
   * Told of each stage; `index` counts pictures from 0, and is the group's first where a whole
   * group is meant.
   */
  onProgress?: (stage: string, index: number) => void
}

/**
 * Settles a promise, as `Promise.allSettled` does; what is not an `AdzusError` is a fault of ours
 * (or an abort) and is thrown.
 */
export async function settled<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
  try {
    return { status: 'fulfilled', value: await work }
  } catch (reason) {
    if (!(reason instanceof AdzusError)) throw reason
    return { status: 'rejected', reason }
  }
}

/** A picture's place in the order, and what became of it so far. */
interface Place<P> {
  index: number
  outcome: PromiseSettledResult<P>
}

/**
 * Takes pictures in groups of `size` that could be prepared (the last may be smaller), computes
 * group after group, and gives every picture's result in order.
 * @param prepare of a picture and its place in the order, from 0
 * @param compute what the device does with a group whose first has that place; the next group is
 *   prepared meanwhile
 */
export async function* inGroups<I, P, R>(
  images: Iterable<I> | AsyncIterable<I>,
  size: number,
  prepare: (image: I, index: number) => Promise<P>,
  compute: (group: readonly P[], first: number) => Promise<PromiseSettledResult<R>[]>,
): AsyncGenerator<PromiseSettledResult<R>> {
  const source = Symbol.asyncIterator in images ? images[Symbol.asyncIterator]() : images[Symbol.iterator]()
  must('images', isRecord(source) && isFunction(source.next), 'an iterable, which gives an iterator', source)
  let index = 0
  const nextGroup = async (): Promise<Place<P>[]> => {
    const group: Place<P>[] = []
    for (let prepared = 0; prepared < size; index++) {
      // The device gets its work first.
      await macrotask()
      const step: unknown = await source.next()
      must('images', isRecord(step), 'an iterator, whose `next` gives objects', step)
      const { done, value } = step as IteratorResult<I>
      if (done) break
      const outcome = await settled(prepare(value, index))
      if (outcome.status === 'fulfilled') prepared++
      group.push({ index, outcome })
    }
    return group
  }
  const start = async (group: Promise<Place<P>[]>): Promise<PromiseSettledResult<R>[] | undefined> => {
    const places = await group
    if (places.length === 0) return undefined
    const ready = places.flatMap(({ index, outcome }) => (outcome.status === 'fulfilled' ? [{ index, value: outcome.value }] : []))
    const values = ready.map(({ value }) => value)
    const results = ready.length === 0 ? [] : await compute(values, ready[0].index)
    return places.map(({ outcome }) => (outcome.status === 'fulfilled' ? results.shift()! : outcome))
  }
  let group = nextGroup()
  let results = start(group)
  try {
    for (;;) {
      const following = group.then(nextGroup)
      following.catch(() => {}) // `results` tells of it
      const finished = await results
      if (!finished) return
      group = following
      results = start(group)
      results.catch(() => {}) // awaited below, or nobody asks any more
      yield* finished
    }
  } finally {
    // Whoever stops asking finds the device at rest.
    await results.catch(() => {})
    await source.return?.()
  }
}
