/** @file How the segments were merged. */
import type { Method } from './methods.ts'

export const merges: Method<'merges'> = ({ view, question }, { session }) => session.view(view).merges(question)
