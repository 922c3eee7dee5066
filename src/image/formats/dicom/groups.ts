/**
 * @file Functional groups of enhanced objects (PS3.3, C.7.6.16): what frames share, and what not.
 */
import type { DataSet } from './data-set.ts'
import { TAGS } from './tags.ts'

/** Where the attributes of a frame are. */
export interface Groups {
  /**
   * The first item of a sequence among the groups of a frame, else of the shared ones; the data set
   * itself where neither has it, as in objects that are not enhanced.
   */
  of(frame: number): (sequence: number) => DataSet
}

/** @throws Error for sequences that are broken */
export function groupsOf(data: DataSet): Groups {
  const [shared] = data.items(TAGS.sharedGroups, 1)
  const frames = data.items(TAGS.frameGroups)
  return {
    of: (frame) => (sequence) => frames[frame]?.items(sequence, 1)[0] ?? shared?.items(sequence, 1)[0] ?? data,
  }
}
