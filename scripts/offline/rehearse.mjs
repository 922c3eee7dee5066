/**
 * @file The rehearsal: run.sh of a pack in a root that holds a shell, Python and Mesa's software
 * driver and nothing else, in namespaces without network. The model is a miniature, since a
 * software adapter takes minutes for a real one. Where Python has PyTorch, the part about it runs
 * as well, outside that root.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { root as project } from '../setup.mjs'

const DRIVER = '/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so'
const DRIVER_FILE = '/usr/share/vulkan/icd.d/lvp_icd.json'
/** What run.sh calls, and what a test of its own asks. */
const PROGRAMS = ['sh', 'dirname', 'mktemp', 'rm', 'mkdir', 'chmod', 'ln', 'tar', 'cat', 'python3']
/** Enough of everything to see that it works, on an adapter that is software. */
const SMALL = [
  '--family',
  'sd15-tiny',
  '--size',
  '128',
  '--runs',
  '2',
  '--cases',
  '2',
  '--side',
  '8',
  '--goldens',
  'schedule,tokenizer,diffseg,vae',
  '--budget',
  '7200',
]
/**
 * Where the two attention maps lie further apart than this share, one of the two networks is
 * another.
 */
const MOST_APART = 1e-2

/**
 * Rehearses with a pack; resolves to the exit code.
 * @param options further options of run.sh
 */
export async function rehearse(folder, options) {
  if (process.getuid() !== 0 || !existsSync(DRIVER))
    throw new Error(`the rehearsal needs root (for namespaces) and Mesa's driver (${DRIVER}; on Debian: apt install mesa-vulkan-drivers)`)
  const root = mkdtempSync(join(tmpdir(), 'adzus-root-'))
  try {
    makeRoot(root, folder)
    const wrong = [...without(root, options), ...beside(root)]
    for (const line of wrong) console.log(`wrong: ${line}`)
    console.log(wrong.length === 0 ? '\nThe rehearsal went well.' : `\n${wrong.length} things went wrong.`)
    return wrong.length === 0 ? 0 : 1
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** The parts in the small root; what went wrong, in words. */
function without(root, options) {
  const inside = ['mount -t proc proc "$1/proc"', 'mount --bind /dev "$1/dev"', 'exec chroot "$@"'].join(' && ')
  const args = [
    '--net',
    '--mount',
    '--pid',
    '--fork',
    'sh',
    '-c',
    inside,
    'sh',
    root,
    '/bin/sh',
    '/pack/run.sh',
    '/out',
    ...SMALL,
    ...options,
  ]
  const start = performance.now()
  const { status } = spawnSync('unshare', args, { stdio: 'inherit', env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' } })
  console.log(`run.sh ended with ${status} after ${((performance.now() - start) / 1000).toFixed(0)} s`)
  const results = read(join(root, 'out'))
  if (!results) return ['no results']
  console.log(readFileSync(join(root, 'out', 'results.md'), 'utf8').split('\n## ')[0])
  const expected = (part) => (part === 'pytorch' ? 'skipped' : 'passed')
  const wrong = results.parts.filter((p) => p.status !== expected(p.part)).map((p) => `${p.part}: ${p.status}, ${p.reason}`)
  return wrong
}

/** The part about PyTorch, where this machine's Python has it. */
function beside(root) {
  if (spawnSync('python3', ['-c', 'import torch']).status !== 0) {
    console.log('Python has no PyTorch here: that part was not rehearsed.')
    return []
  }
  const out = join(root, 'beside')
  const main = join(project, 'dist', 'bench', 'offline', 'main.js')
  spawnSync(process.execPath, [main, out, '--parts', 'pytorch', ...SMALL], { stdio: 'inherit', cwd: project })
  const part = read(out)?.parts.find((p) => p.part === 'pytorch')
  if (part?.status !== 'passed') return [`pytorch: ${part?.status}, ${part?.reason}`]
  const apart = Number.parseFloat(part.facts['distance of the attention maps'])
  console.log(`PyTorch's attention map lies ${apart} from ours.`)
  return apart < MOST_APART ? [] : [`pytorch: expected a map within ${MOST_APART} of ours, got ${apart}`]
}

function read(folder) {
  const file = join(folder, 'results.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** A root with those programs, the driver, what they load, and the pack. */
function makeRoot(root, pack) {
  for (const folder of ['bin', 'usr/bin', 'proc', 'dev', 'tmp', 'out', 'etc']) mkdirSync(join(root, folder), { recursive: true })
  for (const link of ['lib', 'lib64']) if (!existsSync(join(root, link))) symlinkSync(`usr/${link}`, join(root, link))
  for (const name of PROGRAMS) {
    const path = which(name)
    for (const file of [path, ...loadedBy(path)]) bring(file, root)
    cpSync(realpathSync(path), join(root, 'bin', name))
  }
  for (const file of [DRIVER, ...loadedBy(DRIVER)]) bring(file, root)
  // Every system has all of the C library; what comes with a compiler the pack brings along.
  for (const file of loadedBy(process.execPath).filter((path) => !/libstdc\+\+|libgcc/.test(path))) bring(file, root)
  const python = spawnSync(which('python3'), ['-c', 'import sysconfig; print(sysconfig.get_path("stdlib"))'], {
    encoding: 'utf8',
  }).stdout.trim()
  cpSync(python, join(root, python), {
    recursive: true,
    dereference: true,
    filter: (path) => !/\/(test|__pycache__|dist-packages|config-.*)$/.test(path),
  })
  for (const module of ['_lzma', '_bz2']) for (const file of extension(python, module)) bring(file, root)
  const driver = JSON.parse(readFileSync(DRIVER_FILE, 'utf8'))
  mkdirSync(join(root, dirname(DRIVER_FILE)), { recursive: true })
  writeFileSync(join(root, DRIVER_FILE), JSON.stringify({ ...driver, ICD: { ...driver.ICD, library_path: DRIVER } }))
  cpSync(pack, join(root, 'pack'), { recursive: true })
}

/** The system's own program: others may live in a person's folders. */
function which(name) {
  const path = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((folder) => join(folder, name)).find(existsSync)
  if (!path) throw new Error(`the rehearsal needs ${name}`)
  return path
}

/** What the libraries of a module of Python's load. */
function extension(python, module) {
  const find = `import ${module}; print(${module}.__file__)`
  const path = spawnSync(which('python3'), ['-c', find], { encoding: 'utf8' }).stdout.trim()
  return path.startsWith(python) ? loadedBy(path) : []
}

/** The libraries that a program or library loads, by their paths. */
function loadedBy(path) {
  const { stdout } = spawnSync('ldd', [path], { encoding: 'utf8' })
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, file]) => file)
}

/** Copies a file to its place in the root, under the name by which it is asked for. */
function bring(file, root) {
  // /lib is a link to /usr/lib there as here.
  const place = join(root, file.replace(/^\/(lib|lib64)\//, '/usr/$1/'))
  if (existsSync(place) || basename(file).startsWith('libvulkan.so')) return
  mkdirSync(dirname(place), { recursive: true })
  cpSync(realpathSync(file), place)
}
