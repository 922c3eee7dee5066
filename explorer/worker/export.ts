/** @file Results as files, the same as the command line writes. */
import { type Adzus, chooseOutputs, encodeImage, type FinishedImage, openVolumes, type RunInfo, withMask } from 'adzus'
import { zip } from 'fflate'
import type { Method } from './methods.ts'

/** Of the package; put in when the page is packed. */
declare const ADZUS_VERSION: string

export const exportFiles: Method<'export'> = async (ask, { session, signal }) => {
  const { model } = session
  const segmented = await session.view(ask.view).segment({ ...ask.question, signal })
  const bytes = new Uint8Array(await ask.picture.arrayBuffer())
  const run = await runInfo(model)
  const image: FinishedImage = {
    name: ask.name.replace(/\.[^.]*$/, ''),
    input: ask.name,
    inputFile: { bytes: bytes.length, sha256: await sha256(bytes) },
    result: ask.mask ? withMask(segmented, ask.mask) : segmented,
    run,
    place: await placeOf(bytes),
  }
  const outputs = chooseOutputs(ask.save)
  const { files, record } = await encodeImage(image, outputs)
  for (const output of outputs) {
    if (output.per !== 'run') continue
    const collector = output.collect(run)
    collector.add(record(), image.name)
    files.set(output.file, await collector.encode())
  }
  const [first, ...others] = files
  if (others.length === 0) return { name: first[0], bytes: new Uint8Array(first[1]) }
  return { name: `${image.name}.adzus.zip`, bytes: await zipped(files) }
}

async function runInfo(adzus: Adzus): Promise<RunInfo> {
  const { model, backend } = adzus
  return {
    version: ADZUS_VERSION,
    model: { path: model, sha256: await adzus.modelHash() },
    backend: backend.kind,
    adapter: backend.description,
  }
}

/** Where a picture lies in space, where its file tells. */
async function placeOf(bytes: Uint8Array): Promise<FinishedImage['place']> {
  const volumes = await openVolumes([bytes]).catch(() => [])
  return volumes.length === 1 ? volumes[0] : undefined
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function zipped(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) =>
    zip(Object.fromEntries(files), { level: 6 }, (error, bytes) => (error ? reject(error) : resolve(new Uint8Array(bytes)))),
  )
}
