/**
 * @file From what a user calls a model to its files in diffusers layout: a folder, a single
 * `.safetensors` file, a model of the hub, or files that are open already.
 *
 * A page loads the code of what it opens: of single files, combinations and the hub only then.
 *
 * A path goes before an id of the hub. A name that is nearly that of something beside it is taken
 * for a mistyped path and never sent anywhere.
 */
import { embeddedModel, modelPaths, neighbours, openAlone, openDirectory, pathKind } from '#platform'
import { inPage } from '../advice.ts'
import { AdzusError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { loadPart } from '../part.ts'
import { SIGNATURE_BYTES, type Signature, signature } from '../safetensors/signature.ts'
import type { Signal } from '../signal.ts'
import { isUrl, type UrlLike } from '../url.ts'
import { Config } from './config.ts'
import { checkPipeline, FAMILY_NAMES, type Family } from './family.ts'
import { type Files, readUntil } from './files.ts'
import type { HubFilesOptions } from './hub/files.ts'
import type { Leftover } from './ldm/leftover.ts'
import type { Note } from './notes.ts'
import { type FetchProgress, urlFiles } from './url-files.ts'
import { chooseFiles, chosenFiles, isDiffusers, type Wish } from './variants.ts'

export interface CheckpointOptions extends Omit<Wish, 'partial'> {
  /**
   * Another VAE: a folder in diffusers layout (of a VAE or with one), a single file (of a VAE or
   * with one), an id of the hub, or a URL of such a folder or file.
   */
  vae?: string | UrlLike | Files
  /**
   * A whole checkpoint for the parts that the model lacks, such as the text encoder beside a file
   * with a UNet alone.
   */
  base?: string | UrlLike | Files
  /** How the hub is asked. */
  hub?: Omit<HubFilesOptions, keyof Wish>
  /** Told how much of files behind a URL has been fetched. */
  onProgress?: (progress: FetchProgress) => void
  /** Told what is odd about a checkpoint. */
  onNote?: Note
  /** Ends fetching and reading of the files, which then fail with its reason. */
  signal?: Signal
}

const PICKLE = /\.(ckpt|pt|pth|bin)$/i
const SINGLE = /\.safetensors$/i
/** A checkpoint in diffusers layout may have some parts only, where another has the rest. */
const PART_CONFIG = /^(unet|vae|text_encoder|text_encoder_2)\/config\.json$/
/** How a model's folder in a cache of the hub is called. */
const CACHED = 'models--'
/** Unused tensors that are named in a note. */
const NAMED = 5

const forms = () => loadPart('other forms of models', () => import('./forms.ts'))

/**
 * Opens a checkpoint.
 * @param where a path, an id of the hub (`owner/name`, `owner/name@revision`,
 *   `owner/name/file.safetensors`), what is pasted instead (an address of the hub, a model's folder
 *   in a cache), the URL of such a folder or file, or files
 * @returns its files in diffusers layout; nothing of the weights is read yet, but every single
 *   file's header is
 * @throws AdzusError where there is nothing of that name, or it is none of Stable Diffusion 1, 2 or
 *   XL
 */
export async function openCheckpoint(where: string | UrlLike | Files, options: CheckpointOptions = {}): Promise<Files> {
  const files = await openParts(where, options)
  return options.signal ? readUntil(options.signal, files) : files
}

async function openParts(where: string | UrlLike | Files, options: CheckpointOptions): Promise<Files> {
  if (options.vae === undefined && options.base === undefined) return openOne(where, options)
  const { openCombined } = await forms()
  return openCombined(where, options, openOne)
}

/** Options of each of the checkpoints. */
export interface OneOptions extends CheckpointOptions, Wish {
  /** There are two text encoders. */
  second?: boolean
}

async function openOne(where: string | UrlLike | Files, options: OneOptions, family?: Family): Promise<Files> {
  if (isUrl(where)) {
    const { signal, onProgress } = options
    return ofFolder(await urlFiles(where, { signal, onProgress }), options, family)
  }
  if (typeof where !== 'string') return ofFolder(where, options, family)
  const isCached = where.includes(CACHED) && (await (await forms()).isCacheFolder(where))
  const paths = isCached ? [] : modelPaths(where)
  for (const path of paths) {
    const kind = await pathKind(path)
    if (kind === 'folder') return ofFolder(await openDirectory(path), options, family)
    if (kind === 'file') return ofFile(path, options, family)
  }
  const { hubFiles, isHubId } = await forms()
  const similar = paths.length === 0 ? undefined : nearest(where, await neighbours(where))
  if (!isHubId(where) || similar !== undefined) throw notFound(where, similar)
  const { dtype, variant, signal, onNote } = options
  const files = await hubFiles(where, { signal, onNote, ...options.hub, dtype, variant })
  // What is needed of a folder has been chosen.
  return isDiffusers(await files.list()) ? files : ofFolder(files, options, family)
}

async function ofFile(path: string, options: OneOptions, family?: Family): Promise<Files> {
  const name = path.replace(/^.*[\\/]/, '')
  if (SINGLE.test(name)) return single(await openAlone(path), name, options, family)
  const pickle = PICKLE.test(name)
  const other = pickle ? undefined : await kindOf(path, name)
  throw new AdzusError({
    what: 'model',
    where: path,
    expected: 'a .safetensors file or a folder in diffusers layout',
    got: pickle ? 'a pickled checkpoint' : (other?.kind ?? 'another kind of file'),
    hint: pickle
      ? 'Pickles can run code and are not read: get the model’s .safetensors file, or save it as one.'
      : name === 'model_index.json'
        ? 'Give its folder.'
        : other?.hint,
  })
}

/** What a file is by its first bytes. */
async function kindOf(path: string, name: string): Promise<Signature | undefined> {
  const source = await (await openAlone(path)).open(name)
  try {
    return signature(await source.read(0, Math.min(SIGNATURE_BYTES, source.size)))
  } finally {
    await source.close?.()
  }
}

/**
 * A folder in diffusers layout, or one with nothing but a single file (as a file of the hub comes).
 */
async function ofFolder(files: Files, options: OneOptions, family?: Family): Promise<Files> {
  const names = await files.list()
  if (isDiffusers(names) || (options.partial && names.some((n) => PART_CONFIG.test(n)))) {
    const index = names.includes('model_index.json') ? await Config.read(files, 'model_index.json') : undefined
    if (index) checkPipeline(index)
    return chosenFiles(files, chooseFiles(names, files.root, options, index))
  }
  if (names.includes('config.json')) return ofModel(files, options)
  const singles = names.filter((n) => SINGLE.test(n) && (names.length === 1 || !n.includes('/')))
  if (singles.length === 1) return single(files, singles[0], options, family)
  const pickle = names.find((n) => PICKLE.test(n) && !n.includes('/'))
  throw new AdzusError({
    what: 'model',
    where: files.root,
    expected: 'a folder in diffusers layout (model_index.json, unet, vae, …) or with one .safetensors file',
    got:
      singles.length > 1
        ? `several: ${singles.slice(0, NAMED).join(', ')}`
        : names.length > 0
          ? names.slice(0, NAMED).join(', ')
          : 'an empty folder',
    hint:
      singles.length > 1
        ? 'Give one of them.'
        : pickle && 'Pickled checkpoints can run code and are not read; save the model with safetensors instead.',
  })
}

/** A folder of one model: the part that it is. */
async function ofModel(files: Files, options: OneOptions): Promise<Files> {
  const { asPart, bareModel } = await forms()
  const kind = await bareModel(files)
  // SDXL's second text encoder has a projection; elsewhere the only one may.
  const part = kind === 'text_encoder_2' && !options.second ? 'text_encoder' : kind
  const own = asPart(files, part)
  const names = await own.list()
  const known = names.some((n) => n.startsWith(`${part}/${part.startsWith('text') ? 'model' : 'diffusion_pytorch_model'}`))
  return known ? chosenFiles(own, chooseFiles(names, files.root, { ...options, partial: true })) : own
}

async function single(folder: Files, name: string, { onNote }: CheckpointOptions, family?: Family): Promise<Files> {
  const { openSingleFile } = await forms()
  const { files, family: found, leftover } = await openSingleFile(folder, name, family)
  if (onNote) describe(files.root, found, leftover, onNote)
  return files
}

function describe(file: string, family: Family | undefined, { ignored, unused }: Leftover, note: Note): void {
  note(`${file}: ${family === undefined ? 'a VAE' : FAMILY_NAMES[family]}, by its tensors`, 'detail')
  for (const [reason, count] of ignored) note(`${file}: ${count} tensors ignored: ${reason}`, 'detail')
  if (unused.length === 0) return
  const more = unused.length > NAMED ? ` and ${unused.length - NAMED} more` : ''
  note(`${file}: ${unused.length} tensors unused: ${unused.slice(0, NAMED).join(', ')}${more}`, 'warning')
}

function notFound(where: string, similar: string | undefined): AdzusError {
  return new AdzusError({
    what: 'model',
    where,
    expected: inPage()
      ? 'a model of the hub (owner/name), a URL, or files (urlFiles, fileFiles)'
      : 'a folder, a .safetensors file, or a model of the hub (owner/name)',
    got: 'none of these',
    hint:
      where === embeddedModel()
        ? 'It comes with the package adzus, which has to be installed beside a bundle.'
        : similar === undefined
          ? 'The embedded model is used where none is given.'
          : `Did you mean ${similar}?`,
  })
}
