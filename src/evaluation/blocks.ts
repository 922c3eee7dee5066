/**
 * @file What a method was allowed to see. Figures of different blocks answer different questions,
 * so tables, plots and differences never mix them.
 */

/** In the order in which a report has them. */
export const BLOCKS = ['blind', 'prediction', 'baseline', 'click', 'oracle', 'ablation'] as const

export type Block = (typeof BLOCKS)[number]

/** A title, and the sentence that stands above each table of a block. */
export const BLOCK_TEXTS: Record<Block, { title: string; scope: string }> = {
  blind: {
    title: 'Blind methods',
    scope: 'They see the picture alone, with options that are the same for every picture and were chosen before.',
  },
  prediction: { title: 'Masks of other programs', scope: 'Read from files. What those programs saw is not known here.' },
  baseline: { title: 'Baselines', scope: 'They see the picture alone and use no network; the disc does not even see the picture.' },
  click: {
    title: 'Simulated clicks',
    scope: 'They use the true mask to place each click in the middle of the largest error: never comparable with blind methods.',
  },
  oracle: {
    title: 'Oracles',
    scope: 'They choose by the true mask: upper bounds of what a choice could reach, not results of a method.',
  },
  ablation: { title: 'Ablations', scope: 'One factor at a time differs from the parameters of this run; blind otherwise.' },
}
