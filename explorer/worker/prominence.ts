/** @file What stands out. */
import type { Method } from './methods.ts'

export const prominence: Method<'prominence'> = async ({ view, choice }, { session }) => session.view(view).prominence(choice)
