/** @file How much of the device's memory is in use. */
import type { Method } from './methods.ts'

export const memory: Method<'memory'> = async (_, { session }) => ({ live: session.model.backend.memory.live })
