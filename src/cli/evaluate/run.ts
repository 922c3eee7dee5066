/** @file One evaluation, picture by picture; one that fails is noted, and the others go on. */
import { AdzusError } from '../../errors.ts'
import { type Evaluation, evaluatePicture, type Found, type NamedFile } from '../../evaluation/evaluate-picture.ts'
import { digestOf } from '../../output/encode.ts'
import { shownPath } from '../inputs.ts'
import type { Progress } from '../progress.ts'
import { readPicture } from '../read.ts'
import type { Entry, Journal } from './journal.ts'
import type { Item } from './sets.ts'

export interface Job extends Omit<Evaluation, 'onMethod' | 'onMeasured'> {
  items: readonly Item[]
  journal: Journal
  /** The method of which pictures are shown. */
  lead: string | undefined
  progress: Progress
  signal: AbortSignal
}

/** Evaluates all pictures, or throws the reason of an abort. */
export async function evaluateAll(job: Job): Promise<Found> {
  const { items, journal, progress, signal } = job
  const found: Found = { cases: [], failures: [] }
  try {
    for (const [i, item] of items.entries()) {
      const show = (what: string) => progress.show(`${i + 1}/${items.length} ${item.set}/${item.image}: ${what}`)
      signal.throwIfAborted()
      try {
        const { cases, failures } = await evaluateOne(job, item, show)
        found.cases.push(...cases)
        found.failures.push(...failures)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof AdzusError)) throw error
        found.failures.push({ set: item.set, image: item.image, error: error.message })
      }
      await journal.save(false)
    }
  } finally {
    await journal.save(true)
  }
  return found
}

/** A picture's figures, as an earlier run has left them or measured anew. */
async function evaluateOne(job: Job, item: Item, show: (what: string) => void): Promise<Entry> {
  const { journal, lead } = job
  const { set, image, imagePath, maskPath, fault } = item
  if (fault) throw fault
  show('reading')
  const truth = (await read(maskPath))!
  const picture = await read(imagePath)
  const predictions = new Map<string, NamedFile | undefined>()
  for (const [name, path] of item.predictions) predictions.set(name, await read(path))
  const files = await Promise.all(
    [picture, truth, ...predictions.values()].map(async (file) => (file ? (await digestOf(file.contents)).sha256 : 'none')),
  )
  const key = `${set}/${image}`
  const known = journal.entries.get(key)
  if (known && JSON.stringify(known.files) === JSON.stringify(files)) return known
  const found = await evaluatePicture(
    { set, image, picture, truth, predictions },
    {
      ...job,
      onMethod: show,
      onMeasured: (measured, truly, answer) => {
        if (measured.method === lead) journal.podium.add(measured, truly, answer)
      },
    },
  )
  const entry: Entry = { files, ...found }
  journal.entries.set(key, entry)
  return entry
}

async function read(path: string | undefined): Promise<NamedFile | undefined> {
  if (path === undefined) return undefined
  const name = shownPath(path)
  return { name, contents: await readPicture(path, name) }
}
