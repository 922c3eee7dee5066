/** @file The prompt as the network saw it. */
import type { Method } from './methods.ts'

export const tokens: Method<'tokens'> = async ({ view }, { session }) => session.view(view).tokens()
