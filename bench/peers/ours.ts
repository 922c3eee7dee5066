/** @file The engine of this project as a contender, on the CPU or on WebGPU. */

import { BandedMap } from '../../src/attention/banded-map.ts'
import { anchorGrid } from '../../src/grouping/diffseg/anchors.ts'
import { merge } from '../../src/grouping/diffseg/merge.ts'
import { Adzus, type Backend, openBackend, type Segmentation } from '../../src/index.ts'
import {
  addAttentionMap,
  attention,
  conv2d,
  divergence,
  full,
  gatherRows,
  groupNorm,
  linear,
  release,
  type Shape,
  Tensor,
} from '../../src/tensor/index.ts'
import { UNet } from '../../src/unet/unet.ts'
import { Vae } from '../../src/vae/vae.ts'
import type { Host } from './host.ts'
import { type Arrays, type Op, TIMESTEP } from './ops.ts'
import type { Contender, Prepared } from './protocol.ts'

type Of<K extends Op['kind']> = Extract<Op, { kind: K }>

/** An op with one result: each run makes it anew. */
function simple(backend: Backend, inputs: Tensor[], make: () => Tensor): Prepared {
  return {
    run: () => make().dispose(),
    settle: () => backend.flush(),
    results: async () => {
      const y = make()
      const values = await y.floats()
      y.dispose()
      return { y: values }
    },
    free: () => release(...inputs),
  }
}

function prepareOp(b: Backend, op: Exclude<Op, Of<'unet' | 'vae' | 'segment'>>, inputs: Arrays): Prepared {
  const at = (name: string, shape: Shape) => Tensor.from(b, inputs[name], shape)
  switch (op.kind) {
    case 'gemm': {
      const [x, w, bias] = [at('x', [op.m, op.k]), at('w', [op.n, op.k]), at('bias', [op.n])]
      return simple(b, [x, w, bias], () => linear(x, w, { bias }))
    }
    case 'conv': {
      const x = at('x', [1, op.side, op.side, op.inputs])
      const [w, bias] = [at('w', [op.outputs, 3, 3, op.inputs]), at('bias', [op.outputs])]
      return simple(b, [x, w, bias], () => conv2d(x, w, { bias, padding: 1 }))
    }
    case 'norm': {
      const [x, gamma, beta] = [at('x', [1, op.pixels, op.channels]), at('gamma', [op.channels]), at('beta', [op.channels])]
      return simple(b, [x, gamma, beta], () => groupNorm(x, gamma, beta, { groups: op.groups, eps: 1e-5, silu: true }))
    }
    case 'attention': {
      const [q, k, v] = ['q', 'k', 'v'].map((name) => at(name, [1, op.tokens, op.heads * op.size]))
      return op.map ? tapped(b, op, [q, k, v]) : simple(b, [q, k, v], () => attention(q, k, v, { heads: op.heads }).out)
    }
    case 'divergence': {
      const maps = at('maps', [op.side ** 2, op.side ** 2])
      return simple(b, [maps], () => divergences(maps, op))
    }
    case 'merge':
      return merging(b, op, at('maps', [op.side ** 2, op.side ** 2]))
  }
}

/** Attention, and the mean of its heads added to a map. */
function tapped(b: Backend, { tokens, heads }: Of<'attention'>, [q, k, v]: Tensor[]): Prepared {
  const add = (map: Tensor) => {
    const { out, scores } = attention(q, k, v, { heads, keepScores: true })
    addAttentionMap(map, scores!, Array(heads).fill(1 / heads))
    scores!.stats.dispose()
    return out
  }
  const zeros = () => full(b, [1, tokens, tokens], 0)
  const map = zeros()
  return {
    run: () => add(map).dispose(),
    settle: () => b.flush(),
    results: async () => {
      const fresh = zeros()
      const y = add(fresh)
      const results = { y: await y.floats(), map: await fresh.floats() }
      release(y, fresh)
      return results
    },
    free: () => release(q, k, v, map),
  }
}

const gridOf = (side: number) => ({ h: side, w: side })

function divergences(maps: Tensor, { side, anchors }: Of<'divergence'>): Tensor {
  const picked = gatherRows(maps, anchorGrid(gridOf(side), anchors))
  const y = divergence(picked, maps, gridOf(side))
  picked.dispose()
  return y
}

function merging(b: Backend, { side, anchors, thresholds }: Of<'merge'>, maps: Tensor): Prepared {
  const map = BandedMap.of(gridOf(side), maps)
  const make = () => merge(map, { thresholds, anchors })
  return {
    run: async () => (await make()).dispose(),
    settle: () => b.flush(),
    results: async () => {
      const y = await make()
      const values = await y.floats()
      y.dispose()
      return { y: values }
    },
    free: () => map.dispose(),
  }
}

/** A network that is loaded for the op alone. */
function owning(network: { dispose(): void }, prepared: Prepared): Prepared {
  return {
    ...prepared,
    free: () => {
      prepared.free()
      network.dispose()
    },
  }
}

async function prepareUNet(b: Backend, host: Host, { model, side, width }: Of<'unet'>, inputs: Arrays): Promise<Prepared> {
  const unet = await UNet.load(await host.model(model), 'unet', b)
  const x = Tensor.from(b, inputs.x, [1, side, side, 4])
  const context = Tensor.from(b, inputs.context, [1, inputs.context.length / width, width])
  return owning(
    unet,
    simple(b, [x, context], () => unet.forward(x, TIMESTEP, context)),
  )
}

async function prepareVae(b: Backend, host: Host, { model, side }: Of<'vae'>, inputs: Arrays): Promise<Prepared> {
  const vae = await Vae.load(await host.model(model), 'vae', b)
  const x = Tensor.from(b, inputs.x, [1, side, side, 3])
  const encode = () => {
    const { mean, logvar } = vae.encode(x)
    logvar.dispose()
    return mean
  }
  return owning(vae, simple(b, [x], encode))
}

async function prepareSegment(b: Backend, host: Host, op: Of<'segment'>): Promise<Prepared> {
  const adzus = await Adzus.load(await host.model(op.model), { backend: b })
  const picture = await host.read(op.picture)
  const { size, timestep, thresholds, anchors } = op
  let last: Segmentation | undefined
  const run = async () => {
    last = await adzus.segment(picture, { size, timesteps: [timestep], thresholds, anchors, layers: null })
    return last
  }
  return {
    run,
    results: async () => {
      const { labels, mask } = await run()
      return { labels: Float32Array.from(labels), mask: Float32Array.from(mask) }
    },
    stages: () => last!.timings,
    free: () => adzus.dispose(),
  }
}

export async function openOurs(host: Host, kind: string, threads: number): Promise<Contender> {
  const backend = await openBackend(kind as 'cpu' | 'webgpu', kind === 'cpu' ? { threads } : {})
  return {
    about: `adzus in ${host.name}, ${backend.description}`,
    threads,
    prepare: async (op, inputs) => {
      if (op.kind === 'unet') return prepareUNet(backend, host, op, inputs)
      if (op.kind === 'vae') return prepareVae(backend, host, op, inputs)
      if (op.kind === 'segment') return prepareSegment(backend, host, op)
      return prepareOp(backend, op, inputs)
    },
  }
}
