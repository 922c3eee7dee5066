/** @file What can be chosen about many objects, in the words that users of cellpose know. */

export interface ObjectOptions {
  /** Objects of fewer pixels are left out, 0 or more; 1 and 0 keep all. */
  minSize: number
  /** Whether holes are filled, as far as they are smaller than the objects are. */
  fillHoles: boolean
  /** Whether objects that the picture's edge cuts are left out. */
  excludeBorder: boolean
}

/** The least size is cellpose's (`min_size`, Stringer et al. 2021). */
export const OBJECT_DEFAULTS: ObjectOptions = { minSize: 15, fillHoles: true, excludeBorder: false }
