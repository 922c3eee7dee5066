/**
 * @file Makes the folder that travels: run.sh, Node, and everything else in one archive, all packed
 * with xz.
 */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../setup.mjs'

const here = dirname(fileURLToPath(import.meta.url))
/** What the folder may take at most: what may be carried to such machines. */
const MOST_BYTES = 60 * 2 ** 20
const DAWN = join('node_modules', 'webgpu')
/** Files and folders of the project that the run reads. */
const CARRIED = [
  'package.json',
  'weights',
  'test/goldens',
  'data/bccd/images/BloodImage_00163.jpg',
  'data/bccd/LICENSE.txt',
  'bench/offline/pytorch.py',
]
/** Built folders: only what runs. */
const BUILT = ['dist/src', 'dist/bench', 'dist/test/support']
/**
 * Libraries that Vulkan's loader and NVIDIA's driver load and a bare machine may lack. run.sh takes
 * those that it does not find there.
 */
const LIBRARIES = [
  'libvulkan.so.1',
  'libstdc++.so.6',
  'libgcc_s.so.1',
  'libEGL.so.1',
  'libGLX.so.0',
  'libGLdispatch.so.0',
  'libX11.so.6',
  'libXext.so.6',
  'libxcb.so.1',
  'libXau.so.6',
  'libXdmcp.so.6',
  'libbsd.so.0',
  'libmd.so.0',
]

/**
 * Packs into a folder, which must be empty or hold an older pack.
 * @param level how hard xz tries, from 0 to 9; the folder's size is checked from 6 on
 * @throws Error with what is missing on this machine, or where the folder is too large
 */
export function pack(folder, level = 6) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`packing needs Linux on x64, got ${process.platform} on ${process.arch}`)
  clear(folder)
  const stage = mkdtempSync(join(tmpdir(), 'adzus-pack-'))
  try {
    for (const path of CARRIED) copy(path, stage)
    for (const path of BUILT) copy(path, stage, (file) => statSync(file).isDirectory() || /\.(js|json)$/.test(file))
    copyDawn(stage)
    for (const name of dependencies()) copy(join('node_modules', name), stage, (file) => !/\.(map|d\.ts|md)$/.test(file))
    copyLibraries(join(stage, 'lib'))
    archive(stage, join(folder, 'files.tar.xz'), level)
    compress(process.execPath, join(folder, 'node.xz'), level)
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
  cpSync(join(here, 'run.sh'), join(folder, 'run.sh'))
  report(folder, level < 6 ? Infinity : MOST_BYTES)
}

/** What an earlier pack left may go; other files are somebody's. */
function clear(folder) {
  mkdirSync(folder, { recursive: true })
  const foreign = readdirSync(folder).filter((name) => !['run.sh', 'node.xz', 'files.tar.xz'].includes(name))
  if (foreign.length > 0) throw new Error(`${folder}: expected an empty folder or an older pack, got ${foreign.slice(0, 3).join(', ')}`)
  for (const name of readdirSync(folder)) rmSync(join(folder, name))
}

function copy(path, stage, filter = () => true) {
  cpSync(join(root, path), join(stage, path), { recursive: true, dereference: true, filter })
}

/** The package `webgpu` with the binary of this system alone. */
function copyDawn(stage) {
  const binary = join(DAWN, 'dist', 'linux-x64')
  if (!existsSync(join(root, binary, 'dawn.node'))) throw new Error(`${binary}: expected Dawn's binary; npm install fetches it`)
  for (const name of readdirSync(join(root, DAWN)).filter((entry) => /^(package\.json|LICENSE.*|.*\.js)$/.test(entry)))
    copy(join(DAWN, name), stage)
  copy(binary, stage)
}

/** The names of all packages that the built project imports, and those that they import. */
function dependencies() {
  const names = new Set()
  const visit = (manifest) => {
    for (const name of Object.keys(JSON.parse(readFileSync(manifest, 'utf8')).dependencies ?? {})) {
      const own = join(root, 'node_modules', name, 'package.json')
      if (names.has(name) || !existsSync(own)) continue
      names.add(name)
      visit(own)
    }
  }
  visit(join(root, 'package.json'))
  return names
}

function copyLibraries(folder) {
  mkdirSync(folder)
  const cache = run('/sbin/ldconfig', ['-p'])
  for (const name of LIBRARIES) {
    const path = new RegExp(`^\\s*${name.replaceAll(/[.+]/g, '\\$&')} \\(.*x86-64.*\\) => (.+)$`, 'm').exec(cache)?.[1]
    if (path !== undefined) cpSync(realpathSync(path), join(folder, name))
    else if (name === 'libvulkan.so.1')
      throw new Error(`${name}: expected Vulkan's loader on this machine; on Debian: apt install libvulkan1`)
  }
}

/** A tar archive, in which nothing depends on the day or the person who makes it. */
function archive(folder, to, level) {
  const own = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  const tar = `${to.replace(/\.xz$/, '')}`
  run('tar', [...own, '-cf', tar, '-C', folder, '.'])
  run('xz', [`-${level}`, '-T0', '-f', tar])
}

function compress(file, to, level) {
  const { status, stdout, stderr, error } = spawnSync('xz', [`-${level}`, '-T0', '-c', realpathSync(file)], { maxBuffer: 2 ** 30 })
  if (status !== 0) throw new Error(`xz: ${error?.message ?? stderr}`)
  writeFileSync(to, stdout)
}

function run(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim()}`)
  return stdout
}

/** Says what the folder takes. */
function report(folder, most) {
  const sizes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size])
  const all = sizes.reduce((sum, [, bytes]) => sum + bytes, 0)
  for (const [name, bytes] of [...sizes, ['all', all]]) console.log(`${name.padEnd(14)}${(bytes / 2 ** 20).toFixed(1).padStart(6)} MiB`)
  if (all > most) throw new Error(`${folder}: expected at most ${most / 2 ** 20} MiB, got ${(all / 2 ** 20).toFixed(1)} MiB`)
}
