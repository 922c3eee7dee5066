/** @file Loads a model on a device. */
import { appCache, embeddedModel } from '#platform'
import type { Files } from '../checkpoint/files.ts'
import { openCheckpoint } from '../checkpoint/open.ts'
import { openBackend } from '../open-backend.ts'
import { halfIsSound } from '../tensor/half-check.ts'
import { type Backend, exclusively } from '../tensor/index.ts'
import type { UrlLike } from '../url.ts'
import type { Origin } from './dry-run.ts'
import type { Expected, LoadOptions } from './load-options.ts'
import { Model } from './model.ts'
import { OpenModel } from './open-model.ts'
import { ahead } from './parts.ts'
import { tune } from './tune.ts'

/** Opens a model's files and a device, and loads it there. */
export async function load(model: string | UrlLike | Files | undefined, options: LoadOptions): Promise<OpenModel> {
  const { backend = 'auto' } = options
  const files = await openCheckpoint(model ?? embeddedModel(options), options)
  const opened = typeof backend === 'string' ? await openBackend(backend) : backend
  if (opened.note) options.onNote?.(opened.note, 'warning')
  const owned = opened !== backend
  let loaded: OpenModel | undefined
  try {
    const { open, chosen } = await exclusively(opened, () => loadOn(opened, owned, files, options))
    loaded = open
    if (!chosen && wantsTuning(opened, options)) await tune(open, options.expect)
    return open
  } catch (error) {
    if (loaded) await loaded.dispose()
    else if (owned) await opened.dispose()
    throw error
  }
}

/** `chosen`: as of `precompiled`. */
async function loadOn(backend: Backend, owned: boolean, files: Files, options: LoadOptions): Promise<{ open: OpenModel; chosen: boolean }> {
  const dtype = await backend.profile.stage('check f16', () => soundType(backend, options))
  const cache = options.cache ? appCache() : undefined
  if (cache && options.tune !== false) await (await ahead()).recallTuning(backend, cache)
  const origin = { dtype, files, cache, onNote: options.onNote }
  const chosen = await precompiled(origin, backend, options.expect)
  return { open: new OpenModel(await Model.load(files, backend, { dtype, cache }), origin, owned), chosen }
}

function wantsTuning({ tuning }: Backend, { tune: wanted = 'auto', cache }: LoadOptions): boolean {
  return wanted === true || (wanted === 'auto' && cache === true && tuning?.automatic === true)
}

/**
 * Follows a picture (or a batch) as it is expected, so that its kernels compile while the weights
 * are on their way, where that gains time.
 * @returns whether every kernel that has to be chosen among several was chosen before
 */
async function precompiled(origin: Origin, backend: Backend, { batch, ...options }: Expected = {}): Promise<boolean> {
  const { precompile, tuning } = backend
  if (!precompile || !tuning) return false
  const { dryRun, openDry } = await ahead()
  const dry = await openDry(backend)
  dry.onKernel = precompile
  // What is wrong with a model is said when it is loaded.
  await backend.profile.stage('compile ahead', () => dryRun(origin, dry, options, batch).catch(() => {}))
  return [...dry.questions.keys()].every((key) => tuning.choices.best.has(key))
}

/**
 * How weights are stored: as wished, but never as f16 on an adapter that computes wrongly with it.
 */
async function soundType(backend: Backend, { dtype, onNote }: Pick<LoadOptions, 'dtype' | 'onNote'>): Promise<LoadOptions['dtype']> {
  if (dtype === 'f32' || (await halfIsSound(backend))) return dtype
  onNote?.(`${backend.description} computes wrongly with f16 weights: they are stored as f32`, 'warning')
  return 'f32'
}
