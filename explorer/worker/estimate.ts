/** @file What a model would need on this device: headers are read, of the weights nothing. */
import { Adzus, type Files, misfit } from 'adzus'
import type { Method } from './methods.ts'
import { modelFiles } from './model-files.ts'

export const estimate: Method<'estimate'> = async ({ source, backend, size }, { session, signal }) => {
  const opened = new Map<string, number>()
  const files = counted(await modelFiles(source, { signal, keep: false }), opened)
  return session.onDevice(backend, async (device) => {
    const { size: pixels, memory } = await Adzus.plan(files, device, { signal }, { size })
    const { weights, peak, largest } = memory
    return {
      ...{ weights, peak, largest: { ...largest }, size: [...pixels] as [number, number] },
      files: [...opened.values()].reduce((sum, bytes) => sum + bytes, 0),
      largestPossible: device.maxTensorBytes,
      addressable: device.addressLimit?.bytes,
      machine: machineMemory(),
      misfit: misfit(memory, device),
    }
  })
}

/** The same files; sizes of those that are opened are noted. */
function counted(files: Files, opened: Map<string, number>): Files {
  return {
    ...files,
    async open(path) {
      const source = await files.open(path)
      opened.set(path, source.size)
      return source
    },
  }
}

/** Chromium rounds it, and names no more than a limit of its own; other browsers are silent. */
function machineMemory(): number | undefined {
  const { deviceMemory } = navigator as WorkerNavigator & { deviceMemory?: number }
  return deviceMemory && deviceMemory * 2 ** 30
}
