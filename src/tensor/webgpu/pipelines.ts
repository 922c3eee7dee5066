/**
 * @file Compiled kernels. A pipeline is made once per WGSL text, asynchronously and as soon as a
 * command that needs it is recorded, so that all of them compile in parallel while weights are
 * still being uploaded. Pipelines with the same kinds of bindings share one explicit layout; that
 * is what lets bind groups be cached and shared too.
 */
import { option } from '../../advice.ts'
import { AdzusError } from '../../errors.ts'
import type { Shader } from '../../shaders/kernel.ts'
import { COMPUTE_STAGE } from './flags.ts'

export interface Compiled {
  pipeline: GPUComputePipeline
  layout: GPUBindGroupLayout
}

/**
 * Bytes of one uniform slot: the alignment of dynamic offsets that every adapter grants, and more
 * than any kernel needs.
 */
export const UNIFORM_SLOT = 256

export class Pipelines {
  readonly #device: GPUDevice
  readonly #onCompile: (shader: Shader) => void
  readonly #compiled = new Map<string, Promise<Compiled>>()
  readonly #layouts = new Map<string, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>()

  /** `onCompile` hears of each kernel before it is compiled. */
  constructor(device: GPUDevice, onCompile: (shader: Shader) => void = () => {}) {
    this.#device = device
    this.#onCompile = onCompile
  }

  /** How many different kernels have been compiled so far. */
  get count(): number {
    return this.#compiled.size
  }

  /** The pipeline of a kernel; compilation starts at the first call. */
  get(shader: Shader): Promise<Compiled> {
    let compiled = this.#compiled.get(shader.code)
    if (!compiled) {
      this.#onCompile(shader)
      compiled = this.#compile(shader)
      compiled.catch(() => {}) // reported where it is awaited
      this.#compiled.set(shader.code, compiled)
    }
    return compiled
  }

  async #compile(shader: Shader): Promise<Compiled> {
    const layout = this.#layout(shader.access)
    // Without the scope, what is wrong with the text would reach the device's general handler
    // first.
    this.#device.pushErrorScope('validation')
    const module = this.#device.createShaderModule({ code: shader.code, label: shader.name })
    const invalid = this.#device.popErrorScope()
    try {
      const pipeline = await this.#device.createComputePipelineAsync({
        label: shader.name,
        layout: layout.pipeline,
        compute: { module, entryPoint: 'main' },
      })
      return { pipeline, layout: layout.group }
    } catch (cause) {
      throw await compileError(shader, module, (await invalid.catch(() => null)) ?? cause)
    }
  }

  #layout(access: Shader['access']) {
    const key = access.join()
    let layout = this.#layouts.get(key)
    if (!layout) {
      const visibility = COMPUTE_STAGE
      const group = this.#device.createBindGroupLayout({
        label: key,
        entries: [
          { binding: 0, visibility, buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: UNIFORM_SLOT } },
          ...access.map((a, i) => ({
            binding: i + 1,
            visibility,
            buffer: { type: a === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
          })),
        ],
      })
      layout = { group, pipeline: this.#device.createPipelineLayout({ bindGroupLayouts: [group] }) }
      this.#layouts.set(key, layout)
    }
    return layout
  }
}

/** A compile error that shows the message and the offending lines. */
async function compileError(shader: Shader, module: GPUShaderModule, cause: unknown): Promise<AdzusError> {
  const lines = shader.code.split('\n')
  // Not everywhere implemented; then the error's own message has to do.
  const info = await module.getCompilationInfo?.().catch(() => undefined)
  const messages = (info?.messages ?? [])
    .filter((m) => m.type === 'error')
    .map((m) => `line ${m.lineNum}: ${m.message}\n  ${lines[m.lineNum - 1] ?? ''}`)
  const text = messages.join('\n') || String((cause as { message?: string }).message ?? cause)
  return new AdzusError(
    {
      what: 'webgpu: kernel',
      where: shader.name,
      expected: 'a shader that compiles on this adapter',
      got: text,
      lines: true,
      hint: `Please report this with the adapter’s name; ${option('backend', 'cpu')} works meanwhile.`,
    },
    { cause },
  )
}
