/**
 * @file Which inputs are volumes: files that hold one, and slices of one series in one folder. The
 * others are pictures, as ever.
 */
import { basename, dirname } from 'node:path'
import { AdzusError } from '../../errors.ts'
import { imageExtensions, openSeries, openVolumes, type Series, type Volume, type VolumeKind, volumeKind } from '../../index.ts'
import { printable } from '../../messages.ts'
import { HEAD_BYTES } from '../formats.ts'
import { type Input, type Inputs, shownPath } from '../inputs.ts'
import { fileSource } from './file-source.ts'

/** A volume among the inputs. */
export interface VolumeInput {
  /** Where it is, as it is said: its file, or the folder of its slices. */
  path: string
  /** Path of the results below the output folder, without suffixes. */
  name: string
  /** Absolute paths of its files. */
  files: readonly string[]
  /** What was to be said when its folder was looked through. */
  notes: readonly string[]
}

/** Divides inputs into volumes and pictures. */
export async function findVolumes({ inputs, notes }: Inputs): Promise<Inputs & { volumes: VolumeInput[] }> {
  const pictures = new Set(inputs)
  const told = [...notes]
  const volumes: VolumeInput[] = []
  const slices = new Map<string, Input[]>()
  for (const input of inputs) {
    const { whole, slice } = await kindOf(input)
    if (whole && (await isVolume(input))) {
      pictures.delete(input)
      volumes.push({ path: input.path, name: bareName(input), files: [input.path], notes: [] })
    } else if (slice) slices.set(dirname(input.path), [...(slices.get(dirname(input.path)) ?? []), input])
  }
  for (const [folder, files] of slices) {
    const found = await seriesOf(folder, files)
    const real = found?.volumes.filter(({ size }) => size[2] > 1) ?? []
    if (!found || real.length === 0) continue
    const used = new Set(real.flatMap((volume) => volume.files))
    for (const volume of real) volumes.push({ path: folder, name: folderName(folder, files[0]), files: volume.files, notes: volume.notes })
    for (const input of files) pictures.delete(input)
    const others = files.filter(({ path }) => !used.has(path))
    if (others.length > 0) told.push(leftOut(others, found))
  }
  distinguish(volumes, pictures)
  return { inputs: [...pictures], notes: told, volumes }
}

/** Opens a volume that was found. */
export async function openInput({ path, files, notes }: VolumeInput): Promise<Volume> {
  const sources = await Promise.all(files.map(fileSource))
  const where = shownPath(path)
  const volume = sources.length === 1 ? (await openVolumes(sources, where))[0] : (await openSeries(sources, where)).volumes[0]
  return { ...volume, notes: [...new Set([...volume.notes, ...notes])] }
}

async function kindOf({ path, fault }: Input): Promise<VolumeKind> {
  const none = { whole: false, slice: false }
  if (fault) return none
  try {
    const source = await fileSource(path)
    return volumeKind(await source.read(0, Math.min(source.size, HEAD_BYTES)))
  } catch (error) {
    // What cannot be read fails as a picture, with the reason.
    if (error instanceof AdzusError) return none
    throw error
  }
}

/**
 * Whether a file holds a volume by itself. One that is damaged fails as a picture, with the reason.
 */
async function isVolume({ path }: Input): Promise<boolean> {
  try {
    const [{ size }] = await openVolumes([await fileSource(path)], shownPath(path))
    return size.every((voxels) => voxels > 1)
  } catch (error) {
    if (error instanceof AdzusError) return false
    throw error
  }
}

/** Nothing where no file is a slice. */
async function seriesOf(folder: string, files: readonly Input[]): Promise<Series | undefined> {
  if (files.length < 2) return undefined
  try {
    return await openSeries(await Promise.all(files.map(({ path }) => fileSource(path))), shownPath(folder))
  } catch (error) {
    if (error instanceof AdzusError) return undefined
    throw error
  }
}

/** What is said of slices that belong to no volume. */
function leftOut([first, ...more]: readonly Input[], { left }: Series): string {
  const why = left.find(({ name }) => name === first.path)?.why ?? 'it is a slice by itself'
  const count = more.length > 0 ? `, and ${more.length} more` : ''
  return `left out beside slices of volumes: ${printable(shownPath(first.path))} (${why})${count}. Name a file alone to segment it.`
}

/** A result's name without all of the file's extension, which may have two parts. */
function bareName({ path, name }: Input): string {
  const file = path.toLowerCase()
  const [extension] = imageExtensions()
    .filter((one) => one.includes('.') && file.endsWith(`.${one}`))
    .map((one) => `.${one.slice(0, one.lastIndexOf('.'))}`)
  return extension !== undefined && name.toLowerCase().endsWith(extension) ? name.slice(0, -extension.length) : name
}

/** Slices' results are called as their folder is. */
function folderName(folder: string, { name }: Input): string {
  const below = dirname(name).split('\\').join('/')
  return below === '.' ? basename(folder) || 'volume' : below
}

/** Adds numbers where names are the same, also where a disk takes `A` for `a`. */
function distinguish(volumes: VolumeInput[], pictures: ReadonlySet<Input>): void {
  const key = (name: string) => name.normalize('NFC').toLowerCase()
  const taken = new Set([...pictures].map(({ name }) => key(name)))
  for (const volume of volumes) {
    const { name } = volume
    for (let n = 2; taken.has(key(volume.name)); n++) volume.name = `${name}_${n}`
    taken.add(key(volume.name))
  }
}
