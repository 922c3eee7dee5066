/** @file A candidate: a mask that may become the answer. */

export interface Candidate {
  /** Where it is from: `cut 0.5 1`, `level L`. The first word is its family. */
  name: string
  /** 1 inside, 0 outside, one a pixel of the square. */
  mask: Uint8Array
}
