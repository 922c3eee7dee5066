/**
 * @file The interface of a backend, and the op table: the contract between the models and every
 * backend (the CPU, WebGPU, and a dry run of either).
 *
 * A backend records commands: `write` and `run` return at once, `flush` and `read` wait until
 * everything recorded so far has run, in order. WebGPU needs that to compile all pipelines in
 * parallel and to batch its commands; a CPU backend with worker threads needs it too. Errors of
 * recorded work surface at the next `flush` or `read`.
 *
 * The op table is deliberately small. Shapes are checked and outputs allocated by the functions in
 * `ops/`; a backend trusts its arguments and only fills `out`. Every op of the table exists on
 * every backend, and the tests compare each with its definition over the same random shapes.
 */
import type { Failure } from '../errors.ts'
import type { Shader } from '../shaders/kernel.ts'
import type { Choices } from './choices.ts'
import type { Profile } from './profile.ts'
import type { Tensor } from './tensor.ts'
import type { Traits } from './traits.ts'
import type { Question, TuneOptions } from './tuner.ts'

/** A piece of device memory. Only its backend looks into `handle`. */
export interface Storage {
  readonly handle: unknown
  readonly bytes: number
  readonly label: string
  /** How many tensors share it. */
  shares: number
}

export interface Memory {
  /** Bytes in use by tensors now. */
  live: number
  /** Highest `live` since the backend was made or `resetPeak` was called. */
  peak: number
  /** Bytes held by the device for us: in use or waiting in the pool. */
  held: number
}

/**
 * Resources that a backend has created so far and keeps. Repeating a computation creates no more.
 */
export interface Counts {
  /**
   * Pieces of memory fetched from the device or the system: buffers of every kind, growths of a
   * WebAssembly memory.
   */
  buffers: number
  /** Pipelines compiled; 0 on the CPU. */
  pipelines: number
  /** 0 on the CPU. */
  bindGroups: number
}

/** The choice between several kernels that compute the same. */
export interface Tuning {
  /** The kernels that were measured to be the fastest. */
  readonly choices: Choices
  /**
   * Whether measuring is quick enough to be done unasked. Software adapters take seconds to compile
   * a candidate.
   */
  readonly automatic: boolean
  /** Measures the open questions that `ask` returns (`tuner.ts`). */
  tune(ask: () => Promise<Iterable<Question>>, options?: TuneOptions): Promise<void>
}

/** Capability of a backend that computes nothing. */
export interface DryRun {
  /** A storage stands for a weight. Its contents need not be read and written. */
  addWeight(storage: Storage): void
}

/** A device with its memory and its queue of commands. */
export interface Backend {
  readonly kind: 'cpu' | 'webgpu'
  /** For people: which adapter this is. */
  readonly description: string
  /** A warning for people, for example that this backend is slow. */
  readonly note?: string | undefined
  /**
   * Whether tensors live in the machine's main memory; a graphics card has its own and does not say
   * how much.
   */
  readonly usesMainMemory: boolean
  /** The largest tensor that can be bound, in bytes. */
  readonly maxTensorBytes: number
  /**
   * Where addresses are limited: the most bytes of all tensors together, and how many of these
   * weights may take. Further weights are kept elsewhere and do not count.
   */
  readonly addressLimit?: { bytes: number; weights: number }
  /** The adapter's properties; only on WebGPU. */
  readonly traits?: Traits
  /** Present where ops can be computed by several kernels: on WebGPU. */
  readonly tuning?: Tuning
  /** Present on a backend that follows shapes and computes nothing. */
  readonly dryRun?: DryRun
  readonly memory: Memory
  /** A copy of the counts as they are now. */
  readonly counts: Counts
  /** The storages of all tensors that exist now. */
  readonly storages: ReadonlySet<Storage>
  readonly profile: Profile

  /** Memory for one tensor with no shares yet. Fails if it can never fit. */
  allocate(bytes: number, label: string): Storage
  /** Gives memory back to the pool; commands recorded later may reuse it. */
  release(storage: Storage): void
  /** Gives memory that waits in the pool back to the device. */
  trim(): void
  /**
   * Records an upload. The bytes are copied before the call returns, or must not change until the
   * next flush.
   */
  write(storage: Storage, offset: number, bytes: Uint8Array): void
  /**
   * Begins to compile a kernel that a dry run has met, long before it is needed. Absent where that
   * gains nothing.
   */
  readonly precompile?: (kernel: Shader) => void
  /** Records one op. */
  run<K extends OpName>(op: K, args: OpTable[K]): void
  /** Runs what was recorded, and reads. */
  read(storage: Storage, offset: number, bytes: number): Promise<ArrayBuffer>
  /** Runs what was recorded and waits for it. */
  flush(): Promise<void>
  /** Forgets the peak: `peak` restarts at `live`. */
  resetPeak(): void
  /** Frees everything; the backend must not be used afterwards. */
  dispose(): Promise<void>
}

/**
 * σ is the logistic function. `gelu` is x·Φ(x) with erf, `geluTanh` its tanh approximation,
 * `quickGelu` x·σ(1.702x).
 */
export type Activation = 'none' | 'silu' | 'gelu' | 'geluTanh' | 'quickGelu'

/**
 * Element-wise functions: `affine` alpha·x + beta; `log` ln(beta·max(x, alpha)); `less` 1 where x <
 * alpha, else 0.
 */
export type UnaryFunction = Exclude<Activation, 'none'> | 'exp' | 'affine' | 'log' | 'less'

export type Reduction = 'sum' | 'mean' | 'max' | 'min' | 'argmax' | 'argmin'

export interface OpTable {
  /**
   * out[b,m,n] = activation(alpha · Σₖ a[b,m,k]·B(b,k,n) + bias[n]) + residual[b,m,n]. `b` is [n,k]
   * row-major if `transposeB` (the layout of every linear layer's weight), else [k,n]; one matrix
   * for the whole batch if `sharedB`. `b` may be f16; everything else is f32. `out` is never one of
   * the inputs. `exact`: the operands are multiplied in f32, whatever the backend's arithmetic.
   */
  matmul: {
    a: Tensor
    b: Tensor
    bias?: Tensor
    residual?: Tensor
    out: Tensor
    batch: number
    m: number
    n: number
    k: number
    transposeB: boolean
    sharedB: boolean
    alpha: number
    activation: Activation
    exact?: boolean
  }
  /**
   * x [rows,k], weight [2C,k] (f32 or f16), bias [2C] → out [rows,C]: value · gelu(gate), where x ·
   * weightᵀ + bias are C values and then C gates; erf gelu.
   */
  linearGeglu: { x: Tensor; weight: Tensor; bias?: Tensor; out: Tensor }
  /**
   * x [N,H,W,C], weight [O,KH,KW,C] (f32 or f16), bias [O], perImage [N,O], residual and out
   * [N,OH,OW,O]: out = activation(conv(x) + bias + perImage) + residual. Pixels outside x are zero;
   * `top` and `left` say where the first window starts (−top, −left); how far it runs to the bottom
   * and right follows from out's size.
   */
  conv2d: {
    x: Tensor
    weight: Tensor
    bias?: Tensor
    perImage?: Tensor
    residual?: Tensor
    out: Tensor
    stride: number
    top: number
    left: number
    activation: Activation
  }
  /**
   * x [N, pixels, C] → out, each group of C/groups channels normalised over all pixels of its image
   * (biased variance), · gamma + beta, then SiLU if `silu`.
   */
  groupNorm: { x: Tensor; gamma: Tensor; beta: Tensor; out: Tensor; groups: number; eps: number; silu: boolean }
  /** x [rows, C] → out, each row normalised, · gamma + beta. */
  layerNorm: { x: Tensor; gamma: Tensor; beta: Tensor; out: Tensor; eps: number }
  /** x [rows, C] → out, softmax of every row. */
  softmax: { x: Tensor; out: Tensor }
  /**
   * q [B,Nq,heads·d], k and v [B,Nk,heads·d] → out [B,Nq,heads·d]; a head is a contiguous slice of
   * channels. s = scale·q·kᵀ; `causal` lets query i see keys ≤ i. If `stats` [B,heads,Nq,2] is
   * given it receives each row's max(s) and Σ exp(s − max): what `attentionMap` needs.
   */
  attention: { q: Tensor; k: Tensor; v: Tensor; out: Tensor; stats?: Tensor; heads: number; scale: number; causal: boolean }
  /**
   * out [B,Nq,Nk] += Σ_h headWeights[h] · P_h, P_h = exp(scale·q·kᵀ − max)/sum from the `stats` of
   * `attention`. headWeights is an f32 tensor [heads].
   */
  attentionMap: { q: Tensor; k: Tensor; stats: Tensor; headWeights: Tensor; out: Tensor; heads: number; scale: number; causal: boolean }
  unary: { x: Tensor; out: Tensor; fn: UnaryFunction; alpha: number; beta: number }
  /**
   * `add`: alpha·a + beta·b; `mul`: a·b; `div`: a/b. b is repeated: element i of a is combined with
   * element ⌊i/inner⌋ mod size(b) of b. The last repetition may be cut short.
   */
  binary: { a: Tensor; b: Tensor; out: Tensor; fn: 'add' | 'mul' | 'div'; alpha: number; beta: number; inner: number }
  /** x [N,H,W,C] → out [N,OH,OW,C], source pixel ⌊i·H/OH⌋. */
  upsampleNearest: { x: Tensor; out: Tensor }
  /** a [rows, ca], b [rows, cb] → out [rows, ca+cb]. */
  concat: { a: Tensor; b: Tensor; out: Tensor }
  /** out[i₀…] = x transposed: axis j of out is axis axes[j] of x. Up to 4 axes. */
  permute: { x: Tensor; out: Tensor; axes: readonly number[] }
  /** x [outer, length, inner] → out [outer, count, inner]: `count` entries from `start` on. */
  slice: { x: Tensor; out: Tensor; outer: number; length: number; inner: number; start: number; count: number }
  /**
   * x [outer, length, inner] → out [outer, inner] (i32 for argmax and argmin, else f32). Ties go to
   * the lowest index.
   */
  reduce: { x: Tensor; out: Tensor; fn: Reduction; outer: number; length: number; inner: number }
  /** a, b [rows, C] → out [rows]: Σ a·b of every row. */
  rowDot: { a: Tensor; b: Tensor; out: Tensor }
  /**
   * Divergences of the rows of x [m, h·w] to the rows of y [n, h·w], distributions over the cells
   * of a grid → out [m, n]: ½ Σ (x − y)(ln x − ln y), where numbers below `floor` count as `floor`
   * inside the logarithms. A finite `threshold` asks only on which side of it each divergence is:
   * what is far from it may be an estimate.
   */
  divergence: { x: Tensor; y: Tensor; out: Tensor; h: number; w: number; floor: number; threshold: number }
  /**
   * chosen [m, k] of 0 and 1, x [k, n] → out [m, n]: the sum of the rows of x that each row of
   * `chosen` selects, + residual [m, n].
   */
  sumSelectedRows: { chosen: Tensor; x: Tensor; residual?: Tensor; out: Tensor }
  /** table [rows, C] (f32 or f16), indices [n] i32 → out [n, C] f32. */
  gatherRows: { table: Tensor; indices: Tensor; out: Tensor }
  fill: { out: Tensor; value: number }
  /** Converts between f32 and f16 storage (round to nearest even). */
  cast: { x: Tensor; out: Tensor }
  /**
   * DiffSeg's aggregation of one resolution (arXiv 2308.12469, §3.2): map [rows·w, h·w] (query,
   * key), out [ROWS·W, H·W]. out[Q, K] += weight · up(map[q])[K] / Σ up(map[q]), q the nearest
   * coarse query (⌊y·h/H⌋, ⌊x·w/W⌋), `up` bilinear with half-pixel centres and clamped edges. Both
   * may be bands of whole grid rows, that begin at row `mapFirstRow` of h and row `firstRow` of H;
   * queries whose coarse query lies outside the map's band are left alone.
   */
  aggregateMap: {
    map: Tensor
    out: Tensor
    h: number
    w: number
    height: number
    width: number
    firstRow: number
    mapFirstRow: number
    weight: number
  }
  /**
   * maps [M, h·w], out i32 [rows, W]: for each pixel of rows y₀ … y₀+rows of an H×W picture the
   * index of the map that is largest there, each map upsampled bilinearly (half-pixel centres,
   * clamped). Ties go to the lowest index.
   */
  argmaxMaps: { maps: Tensor; out: Tensor; h: number; w: number; height: number; width: number; firstRow: number }
}

export type OpName = keyof OpTable

/** The error of a backend that is used after `dispose`. */
export function disposed(kind: Backend['kind']): Failure {
  return { what: kind, expected: 'a backend in use', got: 'one that was disposed' }
}
