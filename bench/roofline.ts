/**
 * @file `roofline --model FOLDER`: what a picture should cost on devices that are not here, on paper. From the plan (a dry run; only the weights' headers are read) each step's
 * operations and bytes are known; at best it takes the longer of the two at a device's peak rates (S. Williams et al., Roofline, CACM 52(4), 2009).
 *
 * A bound, no forecast: kernels reach half of a peak where they are good, caches save bytes, and starting a dispatch is not counted.
 */
import { Adzus, type Step } from '../src/index.ts'
import { digits, table } from './measure.ts'

interface Device {
  name: string
  /** f32 operations a second outside matrix units, since WebGPU reaches no others; a multiply-add counts as two. */
  flops: number
  /** Bytes a second. */
  bandwidth: number
  source: string
}

const DEVICES: readonly Device[] = [
  {
    name: 'Intel Iris Xe, 96 units',
    flops: 96 * 8 * 2 * 1.35e9,
    bandwidth: 16 * 4.267e9,
    source: 'Intel ARK, Core i7-1185G7: 96 execution units (8 multiply-adds each) at 1.35 GHz; LPDDR4x-4267, 128 bits',
  },
  {
    name: 'Apple M2, 10 cores',
    flops: 3.6e12,
    bandwidth: 100e9,
    source: 'Apple, “Apple unveils M2”, June 2022: 3.6 teraflops, 100 GB/s',
  },
  {
    name: 'NVIDIA H100 SXM',
    flops: 67e12,
    bandwidth: 3.35e12,
    source: 'NVIDIA H100 data sheet: FP32 67 teraFLOPS, 3.35 TB/s',
  },
]

const WEIGHTS = ['f16', 'f32'] as const
/** Many graphics cards bind as much. */
const CARD = { kind: 'webgpu', maxTensorBytes: 2 ** 31 - 4 } as const

/** The least time of the steps on a device, in milliseconds, and what most of it is spent on. */
export function bound(steps: readonly Pick<Step, 'flops' | 'bytes'>[], { flops, bandwidth }: Pick<Device, 'flops' | 'bandwidth'>) {
  let computing = 0
  let moving = 0
  for (const step of steps) {
    const [compute, memory] = [step.flops / flops, step.bytes / bandwidth]
    if (compute >= memory) computing += compute
    else moving += memory
  }
  return { milliseconds: 1000 * (computing + moving), by: computing >= moving ? 'compute' : 'memory' }
}

export async function benchRoofline({ model, size }: { model: string; size?: number }): Promise<void> {
  const plans = await Promise.all(WEIGHTS.map((dtype) => Adzus.plan(model, CARD, { dtype }, { size })))
  const [{ stages, size: side }] = plans
  console.log(
    `\n### ${model} at ${side.join(' × ')} on paper\n\nAt best, from the plan: no step is faster than its operations or its bytes at peak rates.`,
  )
  table(
    ['device', 'f32 GFLOP/s', 'GB/s', 'operations a byte', 'source'],
    DEVICES.map((d) => [d.name, digits(d.flops / 1e9), digits(d.bandwidth / 1e9), digits(d.flops / d.bandwidth), d.source]),
  )
  const columns = DEVICES.flatMap((device) => plans.map((plan, i) => ({ device, plan, head: `${device.name}, ${WEIGHTS[i]} weights, ms` })))
  const row = (name: string, holds: (step: Step) => boolean) => {
    const own = plans.map(({ steps }) => steps.filter(holds))
    const sum = (steps: readonly Step[], field: 'flops' | 'bytes') => steps.reduce((n, s) => n + s[field], 0)
    return [
      name,
      digits(sum(own[0], 'flops') / 2e9),
      ...own.map((steps) => digits(sum(steps, 'bytes') / 1e9)),
      ...columns.map(({ device, plan }) => {
        const { milliseconds, by } = bound(plan.steps.filter(holds), device)
        return `${digits(milliseconds)} ${by}`
      }),
    ]
  }
  table(
    ['stage', 'G multiply-adds', ...WEIGHTS.map((dtype) => `GB with ${dtype} weights`), ...columns.map((c) => c.head)],
    [
      ...stages.map(({ name }) => row(name, (s) => s.stage === name)),
      row('picture → mask (without text, which is kept)', (s) => s.stage !== 'text'),
    ],
  )
}
