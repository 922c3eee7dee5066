/** @file Waiting for a device as our own backend does: in Node asleep, since otherwise a software adapter lacks the core that waits. */
import { waitForDevice } from '#platform'

/** Waits for all that a queue has been given. */
export function finished(queue: GPUQueue): Promise<undefined> {
  return waitForDevice(queue.onSubmittedWorkDone())
}
