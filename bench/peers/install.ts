/**
 * @file The peers, installed on first use into `.peers/` (which is not tracked): npm packages, and PyTorch in a virtual environment. ADZUS_PEERS_PYTHON names a Python
 * that has everything already.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { packageRoot } from '#platform'

export const cacheFolder = join(packageRoot(), '.peers')

const NPM: Record<string, string> = {
  'onnxruntime-web': '1.30.0',
  '@tensorflow/tfjs-core': '4.22.0',
  '@tensorflow/tfjs-backend-cpu': '4.22.0',
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
  '@tensorflow/tfjs-backend-webgpu': '4.22.0',
  webgpu: '0.6.2',
}
const PIP = ['torch==2.13.0', 'diffusers', 'transformers', 'numpy', 'safetensors', 'onnx', 'pillow']

/** Installs the npm packages that are not there in their version. */
export function installPackages(): void {
  const version = (name: string) => {
    const path = join(cacheFolder, 'node_modules', name, 'package.json')
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : undefined
  }
  const missing = Object.entries(NPM).filter(([name, wanted]) => version(name) !== wanted)
  if (missing.length === 0) return
  mkdirSync(cacheFolder, { recursive: true })
  console.error('Installing the JavaScript peers …')
  const packages = Object.entries(NPM).map(([name, wanted]) => `${name}@${wanted}`)
  run('npm', ['install', '--prefix', cacheFolder, '--no-audit', '--no-fund', '--loglevel=error', ...packages])
}

/** The Python that has the peers. */
export function installPython(): string {
  const own = process.env.ADZUS_PEERS_PYTHON
  if (own) return own
  const folder = join(cacheFolder, 'venv')
  const python = process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')
  const done = spawnSync(python, ['-c', 'import torch, diffusers, transformers, onnx, PIL'])
  if (done.status === 0) return python
  mkdirSync(cacheFolder, { recursive: true })
  console.error('Installing the Python peers …')
  run('python3', ['-m', 'venv', folder])
  run(python, ['-m', 'pip', 'install', '-qqq', ...PIP])
  return python
}

function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 2).join(' ')} failed${error ? `: ${error.message}` : ''}`)
}
