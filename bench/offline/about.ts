/** @file Which machine this is: adapter, features, limits, driver, processor, memory. */
import { spawnSync } from 'node:child_process'
import { totalmem } from 'node:os'
import { gpu } from '#platform'
import { AdzusError } from '../../src/errors.ts'
import { memorySize } from '../../src/messages.ts'
import { describe } from '../../src/tensor/webgpu/adapter-like.ts'
import { machine } from '../measure.ts'
import { cardOf } from './cards.ts'
import type { Context } from './parts.ts'

/** The part `adapter`. */
export async function about({ findings, save }: Context): Promise<void> {
  const { facts } = findings
  facts['machine'] = machine()
  facts['memory'] = memorySize(totalmem())
  const smi = spawnSync('nvidia-smi', ['--query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit', '--format=csv,noheader'])
  facts['nvidia-smi'] = smi.status === 0 ? `${smi.stdout}`.trim() : 'none'
  save()
  const adapter = await (await gpu())?.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter)
    throw new AdzusError({
      what: 'adapter',
      expected: 'a WebGPU adapter',
      got: 'none',
      hint: 'Is there a Vulkan driver? See VK_DRIVER_FILES.',
    })
  const { info } = adapter
  facts['adapter'] = describe(info)
  for (const name of ['vendor', 'architecture', 'device', 'description'] as const) facts[name] = info[name]
  facts['subgroup sizes'] = `${info.subgroupMinSize} to ${info.subgroupMaxSize}`
  facts['features'] = [...adapter.features].sort().join(', ')
  const card = cardOf(describe(info))
  facts['peak'] = card ? `${card.name}: ${card.flops / 1e9} GFLOP/s in f32, ${card.bandwidth / 1e9} GB/s (data sheet)` : 'not known'
  // A native object lists its names nowhere but in its prototype.
  const names = Object.keys(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(adapter.limits))).filter(
    (name) => name !== 'constructor',
  )
  const limits = Object.fromEntries(Object.entries(adapter.limits))
  for (const name of names) limits[name] ??= adapter.limits[name as keyof GPUSupportedLimits]
  findings.tables.push({
    title: 'Limits',
    headers: ['limit', 'value'],
    rows: Object.entries(limits)
      .filter(([, value]) => typeof value === 'number')
      .map(([name, value]) => [name, value as number]),
  })
}
