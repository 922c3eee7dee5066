/**
 * @file Address space, where the system limits it (`ulimit -v`, as clusters do). V8 reserves far
 * more of it than it uses: 10 GiB for a WebAssembly memory, since an access beyond its end is to
 * hit a guarded page; started with `--disable-wasm-trap-handler`, Node checks every access instead
 * and reserves no more than a memory can become.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const GIB = 2 ** 30
const PAGE = 65536
/** As much as 32-bit addresses reach. */
const MOST = 4 * GIB
/** What V8 reserves for a guarded memory, however small. */
const GUARDED = 10.25 * GIB
/**
 * What pictures, weights and threads need besides; of unguarded memories also the one of a
 * picture's decoder.
 */
const BESIDE = GIB
const CODEC = 2 * GIB
/** A smaller memory would hold nothing. */
const LEAST = GIB / 4

/**
 * Bytes of address space that this process may still take; Infinity where there is no limit, or the
 * system (other than Linux) does not tell.
 */
export function addressSpaceLeft(): number {
  try {
    const limit = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    if (!limit) return Number.POSITIVE_INFINITY
    const taken = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))
    return Number(limit[1]) - 1024 * Number(taken![1])
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** How many pages the memory of the tensors may become; 0 where there is no room for one. */
export function wasmPages(): number {
  const bytes = isGuarded() ? roomBeside(BESIDE) : roomBeside(BESIDE + BESIDE + CODEC)
  return bytes < LEAST ? 0 : Math.floor(bytes / PAGE)
}

/** Whether the decoder of a picture can have its memory. */
export function hasRoomForCodec(): boolean {
  return roomBeside(0) >= CODEC
}

/** How large a WebAssembly memory may become where so much is to be left. */
function roomBeside(others: number): number {
  const needed = others + (isGuarded() ? GUARDED : MOST)
  if (addressSpaceLeft() < needed) collectGarbage()
  const left = addressSpaceLeft() - others
  if (isGuarded()) return left < GUARDED ? 0 : MOST
  return Math.max(0, Math.min(MOST, left))
}

/**
 * Memories that nobody uses any more keep their addresses until garbage is collected, and V8 does
 * not know that addresses are short.
 */
function collectGarbage(): void {
  try {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc')
    // What the first one finds may be freed in the background, which the second one waits for.
    collect()
    collect()
  } catch {}
}

function isGuarded(): boolean {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)]
  return !options.includes('--disable-wasm-trap-handler')
}
