/** @file One call's volumes, one after another; one that fails never stops the others. */
import { sha256 } from '#platform'
import { AdzusError } from '../../errors.ts'
import type { Adzus, VolumeOptions } from '../../index.ts'
import { digestOf } from '../../output/encode.ts'
import type { InputFiles } from '../../output/volume/output.ts'
import { shownPath } from '../inputs.ts'
import type { Job } from '../segment/run.ts'
import { fileSource } from './file-source.ts'
import { openInput, type VolumeInput } from './find.ts'
import type { VolumeSink } from './sink.ts'

/** Where the run is ended, the volume in hand is dropped whole, also by SIGTERM. */
export interface VolumeJob extends Omit<Job, 'inputs' | 'tiles' | 'sinks'> {
  volumes: readonly VolumeInput[]
  sink: VolumeSink
}

/** Returns the exit code, or throws the reason of an abort. */
export async function runVolumes(adzus: Adzus, options: VolumeOptions, job: VolumeJob): Promise<number> {
  const { volumes, report, signal, claims, journal, deadline } = job
  let longest = 0
  for (const [place, item] of volumes.entries()) {
    if (deadline !== undefined && performance.now() + longest > deadline) return report.late(volumes.length - place, 'volumes')
    const start = performance.now()
    try {
      if (claims && !(await claims.take(item.name))) {
        journal?.elsewhere()
        report.elsewhere(item)
        continue
      }
      journal?.inHand(item.name)
      await one(adzus, options, job, item, place)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof AdzusError)) throw error
      journal?.failed({ name: item.name, input: shownPath(item.path), error: error.message })
      report.failed(item, error)
    } finally {
      await claims?.release(item.name)
    }
    signal.throwIfAborted()
    longest = Math.max(longest, performance.now() - start)
  }
  return report.end(volumes.length, 'volumes')
}

async function one(
  adzus: Adzus,
  options: VolumeOptions,
  { volumes, sink, resume, report, progress, signal, journal }: VolumeJob,
  item: VolumeInput,
  place: number,
): Promise<void> {
  const shown = shownPath(item.path)
  const show = (what: string) => progress.show(`${place + 1}/${volumes.length} ${shown}: ${what}`)
  show('reading')
  const volume = await openInput(item)
  let digest: Promise<InputFiles> | undefined
  const digestOnce = () => {
    digest ??= inputFilesOf(item.files)
    return digest
  }
  if (resume && (await sink.has(item, await adzus.volumeParameters(volume, options), digestOnce))) {
    journal?.before()
    return report.skipped(item, sink.files(item))
  }
  await sink.admit(item, volume)
  const inputFiles = await digestOnce()
  const onProgress = (stage: string, slice: number, count: number) => show(`slice ${slice + 1}, ${count} go through the network: ${stage}`)
  const result = await adzus.segmentVolume(volume, { ...options, name: shown, signal, onProgress })
  show('saving')
  const saving = await sink.save(item, inputFiles, result)
  const milliseconds = report.volumeDone(item, result, sink.files(item), saving)
  journal?.done(milliseconds)
}

/** What is in the files of a volume. */
async function inputFilesOf(files: readonly string[]): Promise<InputFiles> {
  const sums: string[] = []
  let bytes = 0
  for (const path of [...files].sort()) {
    const source = await fileSource(path)
    bytes += source.size
    sums.push(await sha256(source))
  }
  const together = await digestOf(new TextEncoder().encode(sums.join('\n')))
  return { count: files.length, bytes, sha256: together.sha256 }
}
