/**
 * @file Not a number: comparisons with it are false, so that broken weights or an overflow would
 * end in labels and a mask like any others. What the networks hand on is therefore checked: the
 * context of a text, the latent, the attention.
 *
 * Only little is read for that, and along with what the device is waited for anyway. Of an
 * attention map one column will do: a probability is divided by the sum of its row, so that one
 * number of a row which is none makes none of all of them.
 */
import { option } from '../advice.ts'
import { check } from '../errors.ts'

/** Where numbers come from. */
export interface Source {
  /** The stage that computed them. */
  stage: string
  /** What they are. */
  what: string
  /** Path of the model. */
  model?: string
  hint: string
}

/** @throws AdzusError where one of the numbers is infinite or none */
export function checkFinite(values: ArrayLike<number>, { stage, what, model, hint }: Source): void {
  let wrong = 0
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) wrong++
  check(wrong === 0, () => ({
    what: stage,
    where: model,
    expected: `finite numbers (${what})`,
    got: `${wrong} of ${values.length} that are infinite or not a number`,
    hint,
  }))
}

/**
 * What to try where a network gives such numbers; `half`: some of its weights are stored as f16.
 */
export function weightsHint(half: boolean, network: 'vae' | 'unet' | 'text'): string {
  if (!half) return 'The weights may be broken: get the model again.'
  const other = network === 'vae' ? `, or another VAE (${option('vae')}), one that is mended for f16` : ''
  return `Weights stored as f16 are a usual reason: try ${option('dtype', 'f32')}${other}.`
}

/** What to try where finite numbers became others. */
export function deviceHint(): string {
  return `The device computes wrongly: try ${option('backend', 'cpu')}.`
}

/** Begins to read numbers; what is returned waits for them and checks them. */
export function finiteLater(reading: Promise<ArrayLike<number>>, source: Source): () => Promise<void> {
  // Whoever waits hears of it; and where the device fails, so does everything else.
  reading.catch(() => {})
  return async () => checkFinite(await reading, source)
}
