/**
 * @file How a contender is asked: every one, ours too, is a process of its own that reads a JSON object a line and answers each with one. So thread counts hold for a
 * whole process, memory can be told apart, and one that crashes does not end the rest. Arrays travel as files of f32.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import type { Arrays, Op } from './ops.ts'

export type Request =
  | { command: 'hello' }
  /** Get ready for an op; `inputs` are paths, `onnx` that of the op as a model. What was ready before is freed. */
  | { command: 'prepare'; op: Op; inputs: Record<string, string>; onnx?: string }
  /** Run it so many times and say the milliseconds of all together. */
  | { command: 'time'; repeats: number }
  /** Run it once more and write what comes out into a folder, `NAME.f32`. */
  | { command: 'results'; folder: string }
  /** Python only: write the op as an ONNX model. */
  | { command: 'export'; op: Op; inputs: Record<string, string>; path: string }

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
  /** @param onnx path of the op as a model, for a contender that runs those */
  prepare(op: Op, inputs: Arrays, onnx?: string): Promise<Prepared>
}

/** Answers standard input until it ends. What libraries print goes to standard error. */
export async function serve(open: () => Promise<Contender>): Promise<void> {
  console.log = console.info = console.warn = console.debug = console.error
  let contender: Contender | undefined
  let ready: Prepared | undefined
  const answer = async (request: Request): Promise<Reply> => {
    contender ??= await open()
    if (request.command === 'hello') return { about: contender.about, threads: contender.threads }
    if (request.command === 'prepare') {
      await ready?.free()
      ready = undefined
      ready = await contender.prepare(request.op, readArrays(request.inputs), request.onnx)
      return { note: ready.note }
    }
    if (request.command === 'export') throw new Error('only Python exports')
    if (!ready) throw new Error('nothing is prepared')
    if (request.command === 'time') {
      const start = performance.now()
      for (let i = 0; i < request.repeats; i++) await ready.run()
      await ready.settle?.()
      return { milliseconds: performance.now() - start, stages: ready.stages?.() }
    }
    return { names: writeArrays(request.folder, await ready.results()) }
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line)).catch((error) => ({ error: String(error?.message ?? error) }))
    process.stdout.write(`${JSON.stringify(reply)}\n`)
  }
  process.exit(0)
}

export function readArray(path: string): Float32Array<ArrayBuffer> {
  const bytes = readFileSync(path)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer)
}

function readArrays(paths: Record<string, string>): Arrays {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, readArray(path)]))
}

/** Writes `NAME.f32` into a folder; the names. */
export function writeArrays(folder: string, arrays: Arrays): string[] {
  for (const [name, values] of Object.entries(arrays))
    writeFileSync(join(folder, `${name}.f32`), new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  return Object.keys(arrays)
}
