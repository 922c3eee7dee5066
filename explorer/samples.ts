/** @file The pictures to try, one of each kind; samples/LICENSES.md says where they are from. */
import type { Explorer } from './explorer.ts'
import { text } from './text/index.ts'

export type SampleName = keyof typeof text.try.domains

export const SAMPLES = Object.keys(text.try.domains) as SampleName[]

/** Where a sample's file is, relative to the page. */
export const sampleAddress = (name: SampleName): string => `./samples/${name}.jpg`

const isSample = (name: string): name is SampleName => (SAMPLES as readonly string[]).includes(name)

/** Fetches the sample that the settings name, which a link or a card has chosen. */
export function followSample(explorer: Explorer): void {
  explorer.watch(['sample'], async ({ sample, picture }) => {
    if (sample === '' || sample === picture?.sample) return
    const { noSample, unknownSample } = text.status.fault
    try {
      if (!isSample(sample)) throw new Error(unknownSample(sample))
      const answer = await fetch(sampleAddress(sample)).catch(() => undefined)
      if (!answer?.ok) throw new Error(noSample(sample))
      const bytes = await answer.blob()
      // Another may have been chosen in the meantime.
      if (explorer.value.sample === sample) explorer.choose({ name: `${sample}.jpg`, bytes, sample })
    } catch (error) {
      if (explorer.value.sample !== sample) return
      const { message } = error as Error
      explorer.set({ sample: picture?.sample ?? '', fault: message, failed: { step: 'sample', kind: 'wrong', message } })
    }
  })
}
