/** @file The picture as the networks saw it. */
import type { Method } from './methods.ts'

export const input: Method<'input'> = async ({ view }, { session }) => session.view(view).input
