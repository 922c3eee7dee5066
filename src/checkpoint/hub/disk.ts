/**
 * @file What the cache asks of a disk. `#platform` implements it; the protocol of the cache knows
 * no file API. Paths use forward slashes.
 */

export interface Disk {
  /** Kind and size of what a path leads to, links followed; undefined where nothing is there. */
  stat(path: string): Promise<{ kind: 'file' | 'folder' | 'other'; size: number; modified: number } | undefined>
  /** Size of a file that is no link and has no second name; undefined for anything else. */
  own(path: string): Promise<number | undefined>
  /** The path without links; undefined for a broken or circular link. */
  real(path: string): Promise<string | undefined>
  /** What a link says, or undefined if the path is none. */
  target(path: string): Promise<string | undefined>
  /** Names in a folder, none if it is not there. */
  names(folder: string): Promise<string[]>
  /**
   * UTF-8 of a small file (up to 1 MiB); undefined if there is none. What is no file, such as a
   * pipe, is never opened.
   */
  text(path: string): Promise<string | undefined>
  /** Writes a small file under a temporary name, then renames it; makes its folder. */
  write(path: string, text: string): Promise<void>
  /** Writes a small file unless there is one; whether it did. Makes its folder. */
  create(path: string, text: string): Promise<boolean>
  /** Sets the time of the last change to now. */
  touch(path: string): Promise<void>
  /** Replaces what is there. Makes the folder. */
  rename(from: string, to: string): Promise<void>
  copy(from: string, to: string): Promise<void>
  /** Makes a link in place of what is there; false where links are impossible. Makes the folder. */
  link(target: string, path: string): Promise<boolean>
  /** Removes a file, link or whole folder, if it is there. Links below it are removed as links. */
  remove(path: string): Promise<void>
  /** Removes from a folder the temporary files of processes that have ended. */
  sweep(folder: string): Promise<void>
  /**
   * Opens a file for writing at any place; makes it and its folder if need be.
   * @throws AdzusError where it is a link, has a second name, or is no file
   */
  open(path: string): Promise<WritableFile>
  hasher(algorithm: 'sha1' | 'sha256'): Hasher
  /** The bytes of a file piece by piece, at most `end` of them. */
  pieces(path: string, end?: number): AsyncIterable<Uint8Array>
  /** Free bytes for this user where a path lies or would lie; undefined if unknown. */
  free(path: string): Promise<number | undefined>
  /**
   * This process: its number, and where that number means one process (a machine's boot and
   * container).
   */
  readonly process: { id: number; place: string }
  /** Whether a process of this place runs. */
  runs(process: number): boolean
}

export interface WritableFile {
  readonly size: number
  write(offset: number, bytes: Uint8Array): Promise<void>
  cut(size: number): Promise<void>
  /** Waits until everything is on the disk, then closes. */
  finish(): Promise<void>
  close(): Promise<void>
}

export interface Hasher {
  update(bytes: Uint8Array): void
  /** Hexadecimal. */
  digest(): string
}
