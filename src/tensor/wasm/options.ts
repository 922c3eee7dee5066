/** @file Options of the CPU's engine on WebAssembly. */

/** Options of `WasmEngine.open`. */
export interface WasmOptions {
  /** Default: as many as there are cores. */
  threads?: number
  /** False: only what every runtime with SIMD has. */
  relaxed?: boolean
  /** With so many bytes of the memory in use, further weights stay outside; default 1.5 GiB. */
  weightBytes?: number
}
