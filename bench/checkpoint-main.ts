/**
 * @file `npm run checkpoint -- FOLDER [--family NAME] [--dtype f16|f32|bf16] [--seed N]`: a pipeline with random weights in diffusers layout, for measuring and testing
 * what needs no trained model. `sd15` in f16 takes 2.1 GB.
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { FAMILIES } from './checkpoint/families.ts'
import type { WeightType } from './checkpoint/values.ts'
import { familyOf, writePipeline } from './checkpoint/write.ts'

const TYPES: Record<string, WeightType> = { f32: 'F32', f16: 'F16', bf16: 'BF16' }

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      family: { type: 'string', default: 'sd15' },
      dtype: { type: 'string', default: 'f16' },
      seed: { type: 'string', default: '1' },
    },
  })
  const [folder, ...more] = positionals
  const type = TYPES[values.dtype]
  const seed = Number(values.seed)
  if (!folder || more.length > 0 || !type || !Object.hasOwn(FAMILIES, values.family) || !Number.isInteger(seed)) {
    console.error(
      `usage: npm run checkpoint -- FOLDER [--family ${Object.keys(FAMILIES).join('|')}] [--dtype ${Object.keys(TYPES).join('|')}] [--seed N]`,
    )
    return 2
  }
  const onFile = (path: string, tensors: number, parameters: number) =>
    console.log(`${path}: ${tensors} tensors, ${parameters.toLocaleString('en')} parameters`)
  await writePipeline(folder, familyOf(values.family), { type, seed, onFile })
  return 0
}

process.exitCode = await main()
