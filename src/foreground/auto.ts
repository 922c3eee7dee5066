/**
 * @file The mask without a hint (`--foreground auto`): many candidates, a score for each, and the
 * one that agrees most with all that may be right (`docs/masks.md`).
 */
import { dilate } from '../pixels/morphology.ts'
import type { Candidate } from './candidates/candidate.ts'
import { chains, promptedCuts } from './candidates/cuts.ts'
import { levelCandidates } from './candidates/levels.ts'
import { otsuCandidates } from './candidates/otsu.ts'
import { chooseExpected } from './choice.ts'
import { agreement } from './features/agreement.ts'
import { contrast, darkness, ringLikeness } from './features/colours.ts'
import { type Look, looksAt } from './features/look.ts'
import { partFeatures } from './features/parts.ts'
import { meanCentrality } from './features/place.ts'
import { isMirrored } from './mirror.ts'
import type { Scene } from './scene.ts'
import { PIXELS, SIDE } from './square.ts'

/**
 * Weights of the score, by ridge regression of Dice on development pictures (docs/masks.md); every
 * set of pictures had the same weight.
 */
const WEIGHTS = { cuts: 0.57654, ringLikeness: -0.07404, centrality: 0.06936, darkness: 0.26919, largest: -0.11212, logCount: 0.0047 }
/** Chosen with them, of 0, 0.02, 0.03, 0.05 and 0.08. */
const TEMPERATURE = 0.03
/** Pixels of a candidate; and those of the ring of one that may win. */
const LEAST_AREA = 30
const LEAST_RING = 10
/** The largest candidate, as a share of the field. */
const MOST_AREA = 0.8

/** How a mask was chosen, and how far it may be trusted. */
export interface Scores {
  /** Which candidate won: its family and settings, such as `cut 0.5 1`. */
  won: string
  /** Of how many different ones. */
  candidates: number
  /**
   * The Dice that is expected of it by the other candidates, 0 to 1: like SAM's `predicted_iou`.
   */
  stability: number
  /** The share of the variance of colours that lies between it and a ring around it, 0 to 1. */
  contrast: number
  /** What it was ranked by; larger is better. */
  score: number
}

export interface Chosen {
  /** 1 inside, 0 outside, one a pixel of the square. */
  mask: Uint8Array
  scores: Scores
}

/** The candidate that is chosen; empty where there is none, as in a picture of one colour. */
export function chooseAuto(scene: Scene): Chosen {
  const looks = looksAt(autoCandidates(scene), scene, LEAST_AREA, MOST_AREA)
  const cuts = looks.filter(({ name }) => name.startsWith('cut '))
  const scores = looks.map((look) => autoScore(look, cuts.length > 0 ? cuts : looks, scene))
  const choice = chooseExpected(looks, scores, TEMPERATURE, ({ ringArea }) => ringArea >= LEAST_RING)
  if (!choice)
    return { mask: new Uint8Array(PIXELS), scores: { won: 'nothing', candidates: looks.length, stability: 0, contrast: 0, score: 0 } }
  const won = looks[choice.index]
  const { stability, score } = choice
  return {
    mask: widened(won.mask, scene.field),
    scores: { won: won.name, candidates: looks.length, stability, contrast: contrast(won, scene), score },
  }
}

function autoCandidates(scene: Scene): Candidate[] {
  // Ribs would lead outlines astray that follow grey.
  if (isMirrored(scene)) return chains(scene)
  return [...promptedCuts(scene), ...otsuCandidates(scene), ...levelCandidates(scene)]
}

function autoScore(look: Look, cuts: readonly Look[], scene: Scene): number {
  const { largest, logCount } = partFeatures(look)
  return (
    WEIGHTS.cuts * agreement(look, cuts) +
    WEIGHTS.ringLikeness * ringLikeness(look, scene) +
    WEIGHTS.centrality * meanCentrality(look, scene) +
    WEIGHTS.darkness * darkness(look, scene) +
    WEIGHTS.largest * largest +
    WEIGHTS.logCount * logCount
  )
}

/** One pixel more on all sides: people draw outlines outside of what they mean. */
export function widened(mask: Uint8Array, field: Uint8Array): Uint8Array {
  return dilate({ width: SIDE, height: SIDE, data: mask }).data.map((value, i) => (value === 0 ? 0 : field[i]))
}
