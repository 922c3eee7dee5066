/** @file `--tune`. */
import type { Note } from '../../checkpoint/notes.ts'
import type { Adzus } from '../../index.ts'
import type { Choices } from './choices.ts'

/** Measures kernels for these options; a line each at --verbose. */
export async function tuneFor(adzus: Adzus, choices: Choices, onNote: Note): Promise<void> {
  const { kind, description } = adzus.backend
  if (kind !== 'webgpu') return onNote(`--tune measures kernels of WebGPU, and this is ${description}`, 'warning')
  onNote(`measuring kernels on ${description} …`, 'warning')
  await adzus.tune({
    ...choices,
    onAnswer: ({ key, best, times }) => {
      const shown = [...times.values()].map((ms) => ms?.toFixed(2) ?? 'wrong').join(' / ')
      onNote(`${key}: ${best} (${shown} ms)`, 'detail')
    },
  })
}
