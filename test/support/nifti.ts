/** @file A small NIfTI-1 file: 10 × 9 × 8 voxels of 16 signed bits that count up, 2 mm apart. */

/** @param edit changes the header */
export function writeNifti({ edit }: { edit?: (header: DataView) => void } = {}): Uint8Array {
  const [ni, nj, nk] = [10, 9, 8]
  const file = new Uint8Array(352 + 2 * ni * nj * nk)
  const view = new DataView(file.buffer)
  view.setInt32(0, 348, true)
  for (const [i, size] of [3, ni, nj, nk, 1, 1, 1, 1].entries()) view.setInt16(40 + 2 * i, size, true)
  view.setInt16(70, 4, true)
  view.setInt16(72, 16, true)
  for (const [i, size] of [1, 2, 2, 2].entries()) view.setFloat32(76 + 4 * i, size, true)
  view.setFloat32(108, 352, true)
  view.setInt16(254, 1, true)
  for (const row of [0, 1, 2]) view.setFloat32(280 + 20 * row, 2, true)
  file.set(new TextEncoder().encode('n+1'), 344)
  for (let i = 0; i < ni * nj * nk; i++) view.setInt16(352 + 2 * i, i - 100, true)
  edit?.(view)
  return file
}
