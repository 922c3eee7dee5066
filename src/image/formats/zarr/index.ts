/**
 * @file The door to OME-Zarr. A hierarchy of files is no file, so it is no format of `formats/`: a
 * folder, or what lies below a URL, is opened by its name.
 */
import { loadPart } from '../../../part.ts'
import type { Signal } from '../../../signal.ts'
import type { ZarrPicture } from './open.ts'

const load = () => loadPart('OME-Zarr reader', async () => ({ ...(await import('./open.ts')), ...(await import('./store.ts')) }))

/** Whether a folder, or what a URL leads to, is called like a hierarchy (`cells.zarr`). */
export function isZarrName(name: string): boolean {
  return /\.zarr[/\\]*$/i.test(name)
}

/**
 * Opens an OME-Zarr folder of a disk.
 * @throws AdzusError for whatever its files cause
 * @example
 * const { images, volume } = await openZarrFolder('cells.ome.zarr')
 * const { mask } = await adzus.segment(images[0], { channel: 'DAPI' })
 */
export async function openZarrFolder(path: string): Promise<ZarrPicture> {
  const { openZarr, folderStore } = await load()
  return openZarr(folderStore(path), path)
}

/**
 * Opens an OME-Zarr hierarchy of a server; its chunks are fetched as they are needed.
 * @param signal ends fetching
 * @throws AdzusError for whatever its files or the server cause
 * @example
 * const { images } = await openZarrUrl('https://example.org/cells.ome.zarr')
 */
export async function openZarrUrl(address: string, signal?: Signal): Promise<ZarrPicture> {
  const { openZarr, urlStore } = await load()
  return openZarr(urlStore(address, signal), address)
}
