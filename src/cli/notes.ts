/** @file Notes on standard error: warnings unless --quiet, details with --verbose. */
import type { Note } from '../checkpoint/notes.ts'
import { printable } from '../messages.ts'
import type { Progress } from './progress.ts'

export function notesTo(progress: Progress, { quiet = false, verbose = false }: { quiet?: boolean; verbose?: boolean }): Note {
  return (text, kind) => {
    if (kind === 'detail' ? !verbose : quiet) return
    progress.clear()
    console.error(`adzus: ${printable(text)}`)
  }
}
