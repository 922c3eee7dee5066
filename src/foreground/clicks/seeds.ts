/** @file What is clicked, in pixels of the square. */

export interface Seeds {
  /** At least one, unless there is a box. */
  points: readonly number[]
  background: readonly number[]
  /** 1 where the mask may be, a rectangle; default: everywhere. */
  box?: Uint8Array
}
