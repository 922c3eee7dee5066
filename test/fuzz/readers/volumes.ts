/** @file Readers of formats of medicine and microscopy, and of WebP. */
import { gzipSync } from 'node:zlib'
import { decodeImage } from '../../../src/image/decode.ts'
import { openNifti } from '../../../src/image/formats/nifti/open.ts'
import { openZarr } from '../../../src/image/formats/zarr/open.ts'
import type { Axis } from '../../../src/image/volume.ts'
import { bytesSource } from '../../../src/source.ts'
import { writeNifti } from '../../support/nifti.ts'
import { type FolderFiles, memoryStore, zarrFolders } from '../../support/zarr.ts'
import { bytes, json } from '../mutate.ts'
import { decode, encode, files, type Reader } from './reader.ts'

const data = (folder: string, ...names: string[]) => files(...names.map((name) => `test/data/formats/${folder}/${name}`))

async function niftiSeeds(): Promise<Uint8Array[]> {
  return [writeNifti(), ...(await data('nifti', 'i2be.nii', 'nifti2.nii', 'rgb24.nii', 'slope-i4.nii', 'u8le.nii', 'extension.nii'))]
}

/** As a volume, one slice across each axis. */
async function readVolume(input: Uint8Array): Promise<void> {
  const volume = await openNifti(bytesSource('a.nii', input), 'a.nii')
  for (const axis of [0, 1, 2] as Axis[]) await volume.slice(axis, volume.size[axis] - 1)
}

/** Metadata of hierarchies of both versions, as one JSON text each. */
async function metadataSeeds(): Promise<Uint8Array[]> {
  const folders = await zarrFolders()
  return ['v3-zstd', 'v3-sharded', 'v3-time', 'v2-blosc', 'v2-gzip', 'v2-fortran', 'type-bool'].map((name) => {
    const metadata = Object.entries(folders[name]).filter(([path]) => /(^|\/)(zarr\.json|\.z\w+)$/.test(path))
    return encode(JSON.stringify({ name, ...Object.fromEntries(metadata.map(([path, text]) => [path, JSON.parse(decode(text))])) }))
  })
}

/** Chunks are those of the hierarchy that the text names, metadata those of the text. */
async function readMetadata(input: Uint8Array): Promise<void> {
  const folders = await zarrFolders()
  const text = decode(input)
  let told: Record<string, unknown> = {}
  try {
    told = JSON.parse(text)
    // What is nested too deeply for JSON.stringify stays the text that it is.
    JSON.stringify(told)
  } catch {
    told = { 'zarr.json': text }
  }
  const { name } = told ?? {}
  const chunks = (typeof name === 'string' && folders[name]) || folders['v3-zstd']
  const metadata = Object.entries(told ?? {}).map(([path, value]) => [
    path,
    encode(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')),
  ])
  await readHierarchy({ ...chunks, ...Object.fromEntries(metadata) })
}

async function readHierarchy(hierarchy: FolderFiles): Promise<void> {
  const { images, volume } = await openZarr(memoryStore(hierarchy), 'a.zarr')
  await images[0].decode()
  await images.at(-1)!.levels?.at(-1)?.decode()
  await volume?.slice(1, 0)
}

const CODECS = ['v2-blosc', 'v2-gzip', 'v2-zlib', 'v2-zstd', 'v2-lz4', 'v2-plain', 'v3-blosc', 'v3-sharded']
const chunkOf = (hierarchy: FolderFiles) => Object.keys(hierarchy).find((path) => /^0\/(c\/)?0[./]0[./]0[./]0$/.test(path))!

/** Chunks behind a byte that says which hierarchy they are of. */
async function chunkSeeds(): Promise<Uint8Array[]> {
  const folders = await zarrFolders()
  return CODECS.map((name, i) => Uint8Array.of(i, ...folders[name][chunkOf(folders[name])]))
}

async function readChunk(input: Uint8Array): Promise<void> {
  const hierarchy = (await zarrFolders())[CODECS[(input[0] ?? 0) % CODECS.length]]
  await readHierarchy({ ...hierarchy, [chunkOf(hierarchy)]: input.subarray(1) })
}

export const volumes: Record<string, Reader> = {
  nifti: { seeds: niftiSeeds, mutate: bytes, read: readVolume },
  'nifti.gz': { seeds: niftiSeeds, mutate: bytes, read: (input) => readVolume(new Uint8Array(gzipSync(input, { level: 1 }))) },
  'nifti-packed': {
    seeds: () => data('nifti', 'qform.nii.gz', 'nifti2-be.nii.gz', 'times.nii.gz'),
    mutate: bytes,
    read: (input) => decodeImage(input, 'a.nii.gz'),
  },
  webp: {
    seeds: () => data('webp', 'lossy.webp', 'lossless.webp', 'lossy-alpha.webp', 'lossless-alpha.webp', 'exif.webp', 'animated.webp'),
    mutate: bytes,
    read: (input) => decodeImage(input, 'a.webp'),
  },
  'zarr-metadata': { seeds: metadataSeeds, mutate: json, read: readMetadata },
  'zarr-chunks': { seeds: chunkSeeds, mutate: bytes, read: readChunk },
}
