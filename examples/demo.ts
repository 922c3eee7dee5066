/**
 * @file The first mask (`npm run demo [-- IMAGE [--backend cpu|webgpu]]`): segments a blood smear
 * with the embedded model, says what ran where and for how long, and where the results are.
 * Everything but the printing is what any program would write.
 */
import { readFile } from 'node:fs/promises'
import { basename, extname, join, relative } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { FolderSink } from '../src/cli/sinks/folder.ts'
import { version } from '../src/cli/version.ts'
import { Adzus, AdzusError, type BackendKind } from '../src/index.ts'
import { digestOf } from '../src/output/encode.ts'
import { foregroundShare } from '../src/output/record.ts'

const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'
const FOLDER = join('out', 'demo')

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { backend: { type: 'string', default: 'auto' } } })
  const [image = PICTURE] = positionals
  const adzus = await Adzus.load(undefined, { backend: values.backend as BackendKind })
  try {
    const { kind, description } = adzus.backend
    console.log(`image    ${image}`)
    console.log(`model    ${relative('.', adzus.model)}`)
    console.log(`backend  ${kind}: ${description}\n`)

    const contents = await readFile(image)
    const result = await adzus.segment(contents, { name: image })
    const { width, height, segments, timings } = result
    for (const [stage, ms] of Object.entries(timings)) console.log(`${stage.padEnd(12)}${ms.toFixed(0).padStart(7)} ms`)

    const sink = new FolderSink(FOLDER)
    const item = { name: basename(image, extname(image)), path: image }
    const model = { path: adzus.model, sha256: await adzus.modelHash() }
    await sink.begin({ version: await version(), model, backend: kind, adapter: description })
    await sink.image(item, await digestOf(contents), result)
    await sink.end()
    const share = (100 * foregroundShare(result)).toFixed(1)
    console.log(
      `\n${width} × ${height} pixels, ${segments.length} ${segments.length === 1 ? 'segment' : 'segments'}, ${share} % of the picture is foreground`,
    )
    for (const [what, path] of Object.entries(sink.files(item))) console.log(`${what.padEnd(9)}${path}`)
  } finally {
    await adzus.dispose()
  }
}

await main().catch((error) => {
  // A file that cannot be read and an option that there is not have a code; what has none is a
  // fault of ours and keeps its stack.
  if (!(error instanceof AdzusError) && typeof error.code !== 'string') throw error
  console.error(error.message)
  process.exitCode = 1
})
