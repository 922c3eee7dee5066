/**
 * @file Tensors of a single file that no model of ours reads: those that are known to be of no use
 * here, and all others.
 */

/** What a checkpoint holds besides the models that run, and why it is passed over. */
const KNOWN: readonly [RegExp, string][] = [
  [/^model_ema\.|^first_stage_model\.model_ema\./, 'moving averages of the training'],
  [/^first_stage_model\.loss\.|^loss\./, 'the training’s loss'],
  [/^(\w+_)?alphas_cumprod(_prev)?$/, 'noise schedule'],
  [/^(betas|posterior_\w+|logvar|lvlb_weights|scale_factor|denoiser\.(sigmas|log_sigmas)|model_sampling\.\w+)$/, 'noise schedule'],
  [/^(v_pred|ztsnr|edm_\w+(\.\w+)*|global_step)$/, 'notes on the training'],
  [/\.position_ids$/, 'positions, which are counted'],
  [/\.(logit_scale|attn_mask)$/, 'what only comparing texts with pictures needs'],
  [
    /^cond_stage_model\.model\.(text_projection$|transformer\.resblocks\.\d+\.)/,
    'the text encoder’s last layer, which Stable Diffusion 2 leaves out',
  ],
]

export interface Leftover {
  /** Why: how many tensors. */
  ignored: Map<string, number>
  /** Names of tensors that nothing is known of. */
  unused: string[]
}

export function leftover(names: Iterable<string>, used: ReadonlySet<string>): Leftover {
  const result: Leftover = { ignored: new Map(), unused: [] }
  for (const name of names) {
    if (used.has(name)) continue
    const reason = KNOWN.find(([pattern]) => pattern.test(name))?.[1]
    if (reason === undefined) result.unused.push(name)
    else result.ignored.set(reason, (result.ignored.get(reason) ?? 0) + 1)
  }
  return result
}
