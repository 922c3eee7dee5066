/**
 * @file `adzus doctor`: which devices there are, what they can do, which models would fit them, and
 * what to install if there is none.
 */
import process from 'node:process'
import { totalMemory } from '#platform'
import { openHub } from '../../checkpoint/hub/hub.ts'
import { AdzusError } from '../../errors.ts'
import { Adzus, type Backend, describeAdapter, type Estimate, listAdapters, misfit, openBackend } from '../../index.ts'
import { memorySize } from '../../messages.ts'
import { isSoftware } from '../../tensor/webgpu/adapter.ts'
import { describeExamples, describeOptions, noInputs, type Options, parseArguments } from '../arguments.ts'
import { table } from '../format.ts'
import { version } from '../version.ts'
import { knownModels, type Row } from './models/list.ts'

const OPTIONS: Options = {
  json: { help: 'one JSON object' },
  help: { short: 'h', help: 'this text' },
}

const HELP = `adzus doctor [options]

Says which devices adzus can use here, their limits and features, and which of the models on
this machine fit them at their own size. The memory of a model is found by a dry run; WebGPU
does not tell how much a graphics card has, so there only the largest tensor is compared.

${describeOptions(OPTIONS)}

${describeExamples(['adzus doctor', 'adzus doctor --json'])}`

/** Limits that decide what fits and how kernels run. */
const LIMITS = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxStorageBuffersPerShaderStage',
] as const

interface Device {
  kind: Backend['kind']
  name: string
  software: boolean
  limits: Record<string, number>
  features: string[]
  /** What a model is compared with. */
  maxTensorBytes: number
  memory?: number
}

interface Fit {
  model: string
  device: string
  weights?: number
  peak?: number
  fits: boolean
  why?: string
}

export async function doctor(args: string[]): Promise<number> {
  const { inputs, switches } = parseArguments('doctor', args, OPTIONS)
  if (switches.help) {
    console.log(HELP)
    return 0
  }
  noInputs('doctor', inputs)
  const devices = await findDevices()
  const models = (await knownModels(await openHub())).filter((m) => m.complete)
  const fits: Fit[] = []
  for (const model of models) for (const device of devices) fits.push(await fitOf(model, device))
  const memory = totalMemory()
  if (switches.json) console.log(JSON.stringify({ adzus: await version(), runtime: runtime(), memory, devices, models: fits }))
  else console.log(await report(devices, fits, memory))
  return 0
}

async function findDevices(): Promise<Device[]> {
  const memory = totalMemory()
  const devices: Device[] = (await listAdapters()).map((adapter) => {
    const { limits, features, info } = adapter
    return {
      kind: 'webgpu',
      name: describeAdapter(adapter),
      software: isSoftware(info),
      limits: Object.fromEntries(LIMITS.map((name) => [name, limits[name]])),
      features: [...features].sort(),
      maxTensorBytes: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize),
      memory: isSoftware(info) ? memory : undefined,
    }
  })
  const cpu = await openBackend('cpu')
  const { description, maxTensorBytes } = cpu
  devices.push({ kind: 'cpu', name: description, software: true, limits: {}, features: [], maxTensorBytes, memory })
  await cpu.dispose()
  return devices
}

async function fitOf({ id, path, kind }: Row, device: Device): Promise<Fit> {
  const known = { model: id, device: device.name }
  try {
    const estimate: Estimate = await Adzus.estimate(kind === 'hub' ? id : path, device)
    const fault = misfit(estimate, device, device.memory)
    const { weights, peak } = estimate
    return { ...known, weights, peak, fits: fault === undefined, why: fault && `needs ${fault.got}; ${fault.expected}` }
  } catch (error) {
    if (!(error instanceof AdzusError)) throw error
    return { ...known, fits: false, why: error.message }
  }
}

function runtime(): string {
  const { deno, bun } = process.versions
  const name = deno ? `Deno ${deno}` : bun ? `Bun ${bun}` : `Node ${process.version}`
  return `${name}, ${process.platform} ${process.arch}`
}

async function report(devices: readonly Device[], fits: readonly Fit[], memory: number | undefined): Promise<string> {
  const parts = [`adzus ${await version()}, ${runtime()}${memory === undefined ? '' : `, ${memorySize(memory)} of memory`}`]
  for (const { kind, name, software, limits, features, maxTensorBytes } of devices) {
    const lines = [`${kind}: ${name}${kind === 'webgpu' && software ? ' (software)' : ''}`]
    if (kind === 'cpu') lines.push(`  largest tensor ${memorySize(maxTensorBytes)}`)
    for (const [limit, value] of Object.entries(limits)) lines.push(`  ${limit} ${value.toLocaleString('en')}`)
    if (features.length > 0) lines.push(`  features: ${features.join(', ')}`)
    parts.push(lines.join('\n'))
  }
  if (!devices.some((d) => d.kind === 'webgpu')) parts.push(ADVICE)
  else if (devices.every((d) => d.software)) parts.push(SOFTWARE_ONLY)
  const rows = fits.map((f) => [f.model, f.device, show(f.weights), show(f.peak), f.fits ? 'yes' : `no: ${f.why}`])
  parts.push(table([['MODEL', 'DEVICE', 'WEIGHTS', 'PEAK', 'FITS'], ...rows]))
  return parts.join('\n\n')
}

const show = (bytes: number | undefined) => (bytes === undefined ? '–' : memorySize(bytes))

const SOFTWARE_ONLY =
  'The WebGPU adapter is software, which takes tens of times as long as the CPU backend: only --backend webgpu takes it.'

const ADVICE = `There is no WebGPU adapter: everything runs on the CPU. To get one,
  in Node: npm install webgpu (Dawn), and a driver for Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows);
  on Debian 12 the driver of mesa-vulkan-drivers in bookworm-backports (the release's own is too old);
  in Deno: WebGPU is built in, the driver is needed all the same.`
