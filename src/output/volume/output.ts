/** @file The door for outputs of volumes: what can be saved of one, as bytes. */
import type { VolumeSegmentation } from '../../adzus/volume/volume-result.ts'
import type { Volume } from '../../image/volume.ts'
import type { RunInfo } from '../output.ts'
import type { VolumeRecord } from './record.ts'

/** What writers of volumes need of a result; pictures are volumes of one slice. */
export type VoxelResult = Pick<VolumeSegmentation, 'size' | 'spacing' | 'affine' | 'labels' | 'mask' | 'origin'> & {
  segments: readonly { id: number; foreground: boolean }[]
}

/** A volume that has been segmented. */
export interface FinishedVolume {
  /** What its files are called, without suffix; named in errors as well. */
  name: string
  /** Where its files lie, as the record says it, and what is in them together. */
  input: string
  inputFiles: InputFiles
  result: VolumeSegmentation
  run: RunInfo
}

/** What tells whether files still hold the same. */
export interface InputFiles {
  count: number
  /** Of all together. */
  bytes: number
  /** SHA-256 (hexadecimal) of their SHA-256s, in the order of their paths. */
  sha256: string
}

interface Common {
  /** What `--save` calls it. */
  name: string
  /** What follows the volume's name. */
  suffix: string
  /** Half a line for `--help`. */
  help: string
  /** Whether a file's first 64 bytes say that adzus made it. */
  isOurs(beginning: Uint8Array): boolean
}

/** A file for each volume. */
export interface VolumeOutput extends Common {
  per: 'volume'
  /** Refuses volumes that it cannot be made of, before they are computed. @throws AdzusError */
  admit?(volume: Volume, name: string): Promise<void>
  encode(volume: FinishedVolume): Promise<Uint8Array>
}

/** The file that says how the others were made, and vouches for them. */
export interface VolumeRecordOutput extends Common {
  per: 'record'
  encode(record: VolumeRecord): Uint8Array
}
