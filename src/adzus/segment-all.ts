/** @file Any number of pictures, in order, in groups that go through the networks at once. */
import { checkLazyImage } from './check-options.ts'
import type { ImageInput } from './image-input.ts'
import { inGroups, isLazy, type LazyImage, type ManyOptions, settled } from './many.ts'
import type { OpenModel } from './open-model.ts'
import type { SegmentOptions } from './options.ts'
import { ahead } from './parts.ts'
import { preparePicture } from './picture.ts'
import { type Member, segmentGroup } from './segment-group.ts'
import type { Segmentation } from './segmentation.ts'
import { Stages } from './stages.ts'

/** A picture under way. */
interface Named extends Member {
  /** For traces. */
  name: string
}

export async function* segmentAll(
  open: OpenModel,
  images: Iterable<ImageInput | LazyImage> | AsyncIterable<ImageInput | LazyImage>,
  { batch: wanted = 1, onProgress, ...options }: ManyOptions,
): AsyncGenerator<PromiseSettledResult<Segmentation>> {
  const { model, backend } = open
  const parameters = open.begin(options)
  const clockOf = (index: number) => new Stages(backend, { signal: options.signal, onProgress: (stage) => onProgress?.(stage, index) })

  const prepare = async (image: ImageInput | LazyImage, index: number): Promise<Named> => {
    const clock = clockOf(index)
    if (isLazy(image)) checkLazyImage(image)
    const [read, called] = isLazy(image) ? [image.read, image.name] : [async () => image, undefined]
    const name = called ?? `picture ${index + 1}`
    const picture = await clock.time('decode', async () => preparePicture(await read(), parameters, name, options.signal))
    return { picture, clock, name }
  }

  const together = (some: readonly Named[], clock: Stages) =>
    settled(open.exclusively(() => backend.profile.stage(nameOf(some), () => segmentGroup(model, some, parameters, clock))))

  const compute = async (members: readonly Named[], first: number): Promise<PromiseSettledResult<Segmentation>[]> => {
    const all = await together(members, members.length === 1 ? members[0].clock : clockOf(first))
    if (all.status === 'fulfilled') return all.value
    if (members.length === 1) return [all]
    // What failed for all of them may go well for each, where memory was short.
    const results: PromiseSettledResult<Segmentation>[] = []
    for (const member of members) {
      const alone = await together([member], member.clock)
      results.push(...(alone.status === 'fulfilled' ? alone.value : [alone]))
    }
    return results
  }

  const { batch, note } = await roomFor(open, wanted, options)
  if (note) open.warn(note)
  yield* inGroups(images, batch, prepare, compute)
}

async function roomFor({ origin, backend }: OpenModel, batch: number, options: SegmentOptions): Promise<{ batch: number; note?: string }> {
  return batch === 1 ? { batch } : (await ahead()).largestBatch(origin, backend, options, batch)
}

function nameOf([first, ...others]: readonly Named[]): string {
  return others.length === 0 ? first.name : `${first.name} and ${others.length} more`
}
