/**
 * @file `npm run bench [-- WORD… --backend cpu|webgpu|both --runs N --full --model FOLDER --size N --sizes N,N,… --images N --batch N --price P --side N --tile N --every N]`: tables, never assertions.
 * Words: `kernels`, `stages`, `kl` (all three without a word), `look` (questions after one look), `scale`, `load` and `roofline` (need --model), `growth` (--sizes; --model if not the embedded one), `flat`
 * (--images, --batch), `fleet` (--images; --price of a machine and hour), `volume` (a made CT; --every, --size), `slide` (--side, --tile, --every, --size). `growth`, `flat`, `volume` and `slide` run on the CPU unless --backend says otherwise.
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { AdzusError, type Backend, openBackend } from '../src/index.ts'
import { benchFlat } from './flat.ts'
import { benchFleet } from './fleet.ts'
import { benchGrowth } from './growth.ts'
import { benchKernels } from './kernels.ts'
import { benchKl } from './kl.ts'
import { benchLoad } from './load.ts'
import { benchLook } from './look.ts'
import { benchRoofline } from './roofline.ts'
import { benchScale } from './scale.ts'
import { benchSlide } from './slide.ts'
import { benchStages } from './stages.ts'
import { benchVolume } from './volume.ts'

const USAGE =
  'usage: npm run bench [-- kernels|stages|look|kl|scale|load|roofline|growth|flat|fleet|volume|slide … --backend cpu|webgpu|both --runs N --full --model FOLDER --size N --sizes N,N,… --images N --batch N --price P --side N --tile N --every N]'
const WORDS = ['kernels', 'stages', 'look', 'kl', 'scale', 'load', 'roofline', 'growth', 'flat', 'fleet', 'volume', 'slide']
/** Words about a model of the caller's. */
const OWN = ['scale', 'load', 'roofline']

async function main(): Promise<number> {
  const call = parse()
  if (!call) return usage()
  const { positionals, values } = call
  const words = positionals.length > 0 ? positionals : ['kernels', 'stages', 'kl']
  const runs = Number(values.runs)
  const size = values.size === undefined ? undefined : Number(values.size)
  const sizes = values.sizes.split(',').map(Number)
  const price = Number(values.price)
  const [images, batch] = [Number(values.images), Number(values.batch)]
  const [side, tile] = [Number(values.side), Number(values.tile)]
  const every = values.every === undefined ? undefined : Number(values.every)
  const wrong =
    words.some((w) => !WORDS.includes(w)) ||
    ![undefined, 'cpu', 'webgpu', 'both'].includes(values.backend) ||
    !(Number.isInteger(runs) && runs >= 1) ||
    ![images, batch, side, tile, every ?? 1, ...sizes].every((n) => Number.isInteger(n) && n >= 1) ||
    Number.isNaN(size) ||
    !(price > 0)
  if (wrong || (words.some((w) => OWN.includes(w)) && values.model === undefined)) return usage()
  const backends = words.every((w) => w === 'roofline') ? [] : await open(values.backend)
  const asked = values.backend !== undefined
  try {
    for (const word of words) {
      if (word === 'kernels') await benchKernels(backends, { runs, full: values.full })
      else if (word === 'stages') await benchStages(backends, runs)
      else if (word === 'look') await benchLook(backends, runs)
      else if (word === 'kl') await benchKl(backends, { runs, full: values.full })
      else if (word === 'load') await benchLoad(backends, { model: values.model!, runs })
      else if (word === 'flat') await benchFlat(asked ? backends : backends.slice(0, 1), { images, batch })
      else if (word === 'slide') await benchSlide(asked ? backends : backends.slice(0, 1), { side, tile, size, every: every ?? 1 })
      else if (word === 'fleet') await benchFleet(backends, { pictures: images, price })
      else if (word === 'volume') await benchVolume(asked ? backends : backends.slice(0, 1), { every: every ?? 10, size })
      else if (word === 'growth') await benchGrowth(asked ? backends : backends.slice(0, 1), { model: values.model, sizes, runs })
      else if (word === 'roofline') await benchRoofline({ model: values.model!, size })
      // A large model takes long: more than one backend only if asked for.
      else await benchScale(asked ? backends : backends.slice(-1), { model: values.model!, size })
    }
  } finally {
    for (const backend of backends) await backend.dispose()
  }
  return 0
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        backend: { type: 'string' },
        runs: { type: 'string', default: '5' },
        full: { type: 'boolean', default: false },
        model: { type: 'string' },
        size: { type: 'string' },
        sizes: { type: 'string', default: '256,512,1024' },
        images: { type: 'string', default: '1000' },
        batch: { type: 'string', default: '8' },
        side: { type: 'string', default: '20000' },
        tile: { type: 'string', default: '512' },
        every: { type: 'string' },
        price: { type: 'string', default: '0.085' },
      },
    })
  } catch {
    return undefined
  }
}

function usage(): number {
  console.error(USAGE)
  return 2
}

/** Of `both` (the default), those that are there; WebGPU last. */
async function open(kind = 'both'): Promise<Backend[]> {
  if (kind !== 'both') return [await openBackend(kind as 'cpu' | 'webgpu')]
  const webgpu = await openBackend('webgpu').catch((error) => {
    if (!(error instanceof AdzusError)) throw error
    console.error(error.message)
  })
  return [await openBackend('cpu'), ...(webgpu ? [webgpu] : [])]
}

process.exitCode = await main().catch((error) => {
  if (!(error instanceof AdzusError)) throw error
  console.error(error.message)
  return 1
})
