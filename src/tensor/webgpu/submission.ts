/**
 * @file Encoding and submitting what was recorded: many dispatches a pass, `BATCH` dispatches a
 * submission, since one huge submission can trip a driver's watchdog. Where somebody listens, every
 * dispatch is timed, and told with its share of its op's cost.
 */
import { type Cost, share } from '../cost.ts'
import type { Profile, Span } from '../profile.ts'
import { BindGroups, type Bound } from './bind-groups.ts'
import { type Compiled, UNIFORM_SLOT } from './pipelines.ts'
import { Timer } from './timer.ts'
import { type Call, Uniforms } from './uniforms.ts'

/** Dispatches per submission. */
const BATCH = 64

/** Waits for the device in the way that suits the platform. */
export type Wait = <T>(work: Promise<T>) => Promise<T>

/** A dispatch; its label is the op that it belongs to. */
export interface Recorded extends Call {
  compiled: Promise<Compiled>
  buffers: Bound[]
  groups: readonly [number, number, number]
  /** The whole op's, on its last dispatch. */
  cost?: Cost
}

export type Command = { dispatch: Recorded } | { write: { buffer: GPUBuffer; offset: number; bytes: Uint8Array } }

interface Parts {
  device: GPUDevice
  profile: Profile
  wait: Wait
  /** Whether the device has timestamps. */
  timestamps: boolean
}

export class Submission {
  readonly bindGroups: BindGroups
  readonly #parts: Parts
  readonly #uniforms: Uniforms
  readonly #timer: Timer | undefined
  /** Measured dispatches of an op whose last is still to come. */
  #measured: { dispatch: Recorded; span: Span }[] = []

  constructor(parts: Parts) {
    this.#parts = parts
    this.#uniforms = new Uniforms(parts.device, BATCH)
    this.bindGroups = new BindGroups(parts.device, this.#uniforms.buffer)
    this.#timer = parts.timestamps ? new Timer(parts.device, BATCH) : undefined
  }

  /** Buffers made at start: uniforms, and what the timer needs. */
  get buffers(): number {
    return 1 + (this.#timer?.buffers ?? 0)
  }

  destroy(): void {
    this.#timer?.destroy()
    this.#uniforms.buffer.destroy()
  }

  /** Submits all commands in their order; one call at a time. */
  async run(commands: Command[]): Promise<void> {
    const { device, profile, wait } = this.#parts
    const dispatches = commands.flatMap((c) => ('dispatch' in c ? [c.dispatch] : []))
    const compiled = await wait(Promise.all(dispatches.map((d) => d.compiled)))
    const measuring = profile.wantsKernels
    // Without timestamps, a dispatch is measured by waiting for it alone.
    const most = measuring && !this.#timer ? 1 : BATCH
    let next = 0
    for (let at = 0; at < commands.length; ) {
      const command = commands[at]!
      if ('write' in command) {
        const { buffer, offset, bytes } = command.write
        device.queue.writeBuffer(buffer, offset, bytes as Uint8Array<ArrayBuffer>)
        at++
        continue
      }
      const first = next
      while (at < commands.length && 'dispatch' in commands[at]! && next - first < most) {
        at++
        next++
      }
      const batch = dispatches.slice(first, next)
      const submitted = this.#encode(batch, compiled.slice(first, next), measuring)
      if (measuring) this.#tell(batch, await wait(this.#spans(batch.length, submitted)))
    }
  }

  /** Submits dispatches and returns the time of submission. */
  #encode(dispatches: Recorded[], compiled: Compiled[], measuring: boolean): number {
    const { device } = this.#parts
    this.#uniforms.write(dispatches)
    const encoder = device.createCommandEncoder()
    const timed = measuring && this.#timer
    let pass: GPUComputePassEncoder | undefined
    dispatches.forEach((dispatch, i) => {
      pass ??= encoder.beginComputePass(timed ? { timestampWrites: timed.writes(i) } : {})
      const { pipeline, layout } = compiled[i]!
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, this.bindGroups.get(layout, dispatch.buffers), [i * UNIFORM_SLOT])
      pass.dispatchWorkgroups(...dispatch.groups)
      if (timed) {
        pass.end()
        pass = undefined
      }
    })
    pass?.end()
    if (timed) timed.resolve(encoder, dispatches.length)
    const commands = encoder.finish()
    const submitted = performance.now()
    device.queue.submit([commands])
    return submitted
  }

  /** When each dispatch of the last submission ran. */
  async #spans(count: number, submitted: number): Promise<Span[]> {
    if (this.#timer) return this.#timer.read(count, submitted)
    await this.#parts.device.queue.onSubmittedWorkDone()
    return [{ start: submitted, milliseconds: performance.now() - submitted }]
  }

  /**
   * Emits events for measured dispatches, op by op: an op's cost is known with its last dispatch.
   */
  #tell(dispatches: Recorded[], spans: Span[]): void {
    const waited = !this.#timer
    dispatches.forEach((dispatch, i) => {
      this.#measured.push({ dispatch, span: spans[i]! })
      if (!dispatch.cost) return
      const measured = this.#measured
      this.#measured = []
      const costs = share(
        dispatch.cost,
        measured.map(({ span }) => span.milliseconds),
      )
      measured.forEach(({ dispatch: { shader, label }, span }, j) => {
        this.#parts.profile.kernel({ name: shader.name, label, ...span, ...costs[j]!, waited })
      })
    })
  }
}
