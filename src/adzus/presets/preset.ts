/** @file What a preset is: settings for pictures of one kind, chosen on development pictures. */
import type { Settled } from '../../foreground/settled.ts'
import type { Parameters } from '../options.ts'

/** Settings for pictures of one kind. */
export interface Preset {
  /** What `--preset` takes. */
  name: string
  /** Half a line on which pictures it is for, and what it does. */
  about: string
  /** Options that it stands for; one that is given wins over it. */
  options: Partial<Pick<Parameters, 'objects' | 'minSize' | 'fillHoles' | 'excludeBorder' | 'edges'>>
  /**
   * How the foreground `auto` is made, in place of the choice among many; nothing where that is
   * best.
   */
  settled?: Settled
}
