/**
 * @file How a contender is asked: every one, ours too, has a process of its own (of Node, of Python, or a browser with a page) and answers a JSON object with another. So
 * thread counts hold for a whole process, memory can be told apart, and one that crashes does not end the rest. Arrays travel as files of f32.
 */
import type { Host } from './host.ts'
import type { Arrays, Op } from './ops.ts'

/** ONNX models by way: the model's file first, then those that its largest weights are in. */
export type Ways<File> = Record<string, readonly File[]>

/** A file with its path. */
export interface Loaded {
  path: string
  bytes: Uint8Array<ArrayBuffer>
}

export type Request =
  | { command: 'hello' }
  /** Get ready for an op; `inputs` are paths, `models` those of the op as ONNX models. What was ready before is freed. */
  | { command: 'prepare'; op: Op; inputs: Record<string, string>; models?: Ways<string> }
  /** Run it so many times and say the milliseconds of all together. */
  | { command: 'time'; repeats: number }
  /** Run it once more and write what comes out into a folder, `NAME.f32`. */
  | { command: 'results'; folder: string }
  /** Python only: write the op as ONNX models into a folder. */
  | { command: 'export'; op: Op; inputs: Record<string, string>; folder: string }

export interface Reply {
  /** What went wrong; the other fields are missing then. */
  error?: string
  /** hello: library, version, device. */
  about?: string
  /** hello: how many threads it computes with. */
  threads?: number
  /** prepare: which of several ways it takes. */
  note?: string
  milliseconds?: number
  /** Of the last run, where the op has stages. */
  stages?: Record<string, number>
  /** results: their names. */
  names?: string[]
  /** export: paths. */
  models?: Ways<string>
}

/** A contender as the benchmark sees it. */
export interface Opponent {
  readonly about: string
  readonly threads: number
  /** Fails where the contender reports an error or its process ends. */
  ask(request: Request): Promise<Reply>
  /** The most memory that its process ever had resident, in bytes; undefined where that is not known. */
  peakMemory(): Promise<number | undefined>
  /** Milliseconds of processor time that it has used; 0 where the system does not say. */
  processorTime(): Promise<number>
  stop(): void
}

/** An op that is ready to run. */
export interface Prepared {
  note?: string
  /** Runs the op once, or records it to be run. */
  run(): unknown
  /** Waits for what was recorded. */
  settle?(): Promise<unknown>
  results(): Promise<Arrays>
  stages?(): Record<string, number>
  free(): unknown
}

export interface Contender {
  about: string
  threads: number
  /** @param models the op as ONNX models, for a contender that runs those */
  prepare(op: Op, inputs: Arrays, models: Ways<Loaded>): Promise<Prepared>
}

/** Milliseconds of so many runs. */
export async function timed({ run, settle }: Prepared, repeats: number): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < repeats; i++) await run()
  await settle?.()
  return performance.now() - start
}

/** The contender's end: answers requests one after the other. It is opened by the first. */
export function answers(host: Host, open: () => Promise<Contender>): (request: Request) => Promise<Reply> {
  let contender: Contender | undefined
  let ready: Prepared | undefined
  const answer = async (request: Request): Promise<Reply> => {
    contender ??= await open()
    if (request.command === 'hello') return { about: contender.about, threads: contender.threads }
    if (request.command === 'prepare') {
      await ready?.free()
      ready = undefined
      const { op, inputs, models = {} } = request
      ready = await contender.prepare(op, await readArrays(host, inputs), await readModels(host, models))
      return { note: ready.note }
    }
    if (request.command === 'export') throw new Error('only Python exports')
    if (!ready) throw new Error('nothing is prepared')
    if (request.command === 'time') return { milliseconds: await timed(ready, request.repeats), stages: ready.stages?.() }
    const results = Object.entries(await ready.results())
    for (const [name, values] of results) await host.write(`${request.folder}/${name}.f32`, bytesOf(values))
    return { names: results.map(([name]) => name) }
  }
  return (request) => answer(request).catch((error) => ({ error: String(error?.message ?? error) }))
}

export const bytesOf = (values: Float32Array<ArrayBuffer>) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

async function readArrays(host: Host, paths: Record<string, string>): Promise<Arrays> {
  const all = Object.entries(paths).map(async ([name, path]) => [name, new Float32Array((await host.read(path)).buffer)] as const)
  return Object.fromEntries(await Promise.all(all))
}

async function readModels(host: Host, ways: Ways<string>): Promise<Ways<Loaded>> {
  const read = (path: string) => host.read(path).then((bytes) => ({ path, bytes }))
  const all = Object.entries(ways).map(async ([name, paths]) => [name, await Promise.all(paths.map(read))] as const)
  return Object.fromEntries(await Promise.all(all))
}
