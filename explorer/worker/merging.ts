/** @file Who joined whom, and the proposals after every round. */
import type { Method } from './methods.ts'

export const merging: Method<'merging'> = async ({ view: id, choice, method }, { session, signal }) => {
  const view = session.view(id)
  const tree = await view.merges({ ...choice, method })
  const proposals = []
  for (let round = 1; round <= method.thresholds.length; round++) {
    signal.throwIfAborted()
    // Before the refinement, so that each round begins with what the one before has left.
    const thresholds = method.thresholds.slice(0, round)
    proposals.push(await view.proposals({ ...choice, method: { ...method, thresholds, refine: false } }))
  }
  return { tree, proposals }
}
