/**
 * @file What is an input: links and loops of them, what is no regular file, what cannot be read, and what is left out. Nothing is left out in silence.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import process from 'node:process'
import { type TestContext, test } from 'vitest'
import { findInputs } from '../src/cli/inputs.ts'
import { readPicture } from '../src/cli/read.ts'
import { AdzusError, formatNames } from '../src/index.ts'
import { adzus, filesBelow, temporaryFolder } from './support/cli.ts'
import { disc, writeJpeg, writePng } from './support/pictures.ts'
import { replaceCall } from './support/replace-call.ts'

const FAST = ['--backend', 'cpu', '--size', '64']
const SUFFIXES = ['json', 'labels.png', 'mask.png', 'overlay.png']
const PNG = writePng({ width: 20, height: 20, colour: 'rgb', depth: 8, samples: disc(20, 20) })
const unix = process.platform !== 'win32'

/** A folder with these files (a picture each) and links (to what, by path). */
async function place(t: TestContext, files: readonly string[], links: Record<string, string> = {}): Promise<string> {
  const folder = await temporaryFolder(t)
  for (const name of files) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), PNG)
  }
  for (const [name, target] of Object.entries(links)) await symlink(target, join(folder, name))
  return folder
}

/** The paths of the inputs below a folder with their names, and the notes. */
async function found(folder: string, ...patterns: string[]) {
  const { inputs, notes } = await findInputs(patterns.map((pattern) => join(folder, pattern)))
  const below = notes.map((note) => note.replaceAll(`${relative('.', folder)}/`, ''))
  return { inputs: inputs.map(({ path, name }) => [relative(folder, path).replaceAll('\\', '/'), name]), notes: below, all: inputs }
}

test('the same names from several folders keep them below the output', async (t) => {
  const folder = await place(t, ['a/x.png', 'b/x.png', 'c/y.png'])
  for (const inputs of [['a/x.png', 'b/x.png'], ['a', 'b'], ['{a,b}/*.png']]) {
    const output = join(folder, inputs.join(' ').replaceAll('/', ' '))
    const { code, stderr } = await adzus(['segment', ...inputs, '-o', output, ...FAST], { cwd: folder })
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.deepEqual(
      await filesBelow(output),
      ['a/x', 'b/x'].flatMap((name) => SUFFIXES.map((s) => `${name}.${s}`)),
    )
  }
  assert.deepEqual(
    (await found(folder, '.')).inputs.map(([, name]) => name),
    ['a/x', 'b/x', 'c/y'],
  )
})

test('names that would leave the output folder do not', async (t) => {
  const folder = await place(t, ['in/..jpg', 'in/...png', 'in/....png'])
  const { code } = await adzus(['segment', 'in/..jpg', 'in/...png', 'in/....png', '-o', 'x/y', ...FAST], { cwd: folder })
  assert.equal(code, 0)
  const results = ['_jpg', '_png', '_png_2'].flatMap((name) => SUFFIXES.map((s) => `x/y/${name}.${s}`))
  assert.deepEqual(await filesBelow(folder), ['in/....png', 'in/...png', 'in/..jpg', ...results].sort())
})

test('PNG and JPEG by other names are inputs; pictures of other formats are counted', async (t) => {
  const names = ['a.jfif', 'b.JPE', 'c.apng', 'd.bmp', 'e.BMP', 'f/g.psd', 'h.exr', 'i.nrrd', 'j.gif', 'notes.txt', 'k.csv', '.hidden.bmp']
  const folder = await place(t, names)
  const note = `left out: 2 .bmp, 1 .exr, 1 .gif, 1 .nrrd, 1 .psd: only ${formatNames('and')} are read. Convert them to PNG.`
  for (const pattern of ['.', '**']) {
    const { inputs, notes } = await found(folder, pattern)
    assert.deepEqual(
      inputs.map(([path]) => path),
      ['a.jfif', 'b.JPE', 'c.apng'],
    )
    assert.deepEqual(notes, [note])
  }
  await assert.rejects(findInputs([join(folder, 'f')]), /expected PNG.* images, got only 1 \.psd\. Convert them to PNG\.$/)
  await writeFile(join(folder, 'a.jfif'), await writeJpeg(20, 20, disc(20, 20)))
  const run = await adzus(['segment', '.', '-o', 'out', '--json', ...FAST], { cwd: folder })
  assert.deepEqual([run.code, run.stderr], [0, `adzus: ${note}\n`])
})

test('a file that is reached by several paths is one input, and loops of links end', { skip: !unix }, async (t) => {
  const files = ['in/a.png', 'in/sub/b.png', 'elsewhere/c.png', 'elsewhere/deep/d.png']
  const folder = await place(t, files, {
    'in/again.png': 'a.png',
    'in/loop': '.',
    'in/sub/up': '../..',
    'in/away': '../elsewhere',
    'in/away2': '../elsewhere',
    'elsewhere/back': '../in',
    'elsewhere/self': 'self',
  })
  const expected = [
    ['in/a.png', 'a'],
    ['in/away/c.png', 'away/c'],
    ['in/away/deep/d.png', 'away/deep/d'],
    ['in/sub/b.png', 'sub/b'],
  ]
  const { inputs, notes } = await found(folder, 'in')
  // The circle of a link with itself could have been a folder.
  const [faulty] = inputs.filter(([path]) => path!.endsWith('self'))
  assert.ok(faulty)
  assert.deepEqual(inputs.filter(([path]) => !path!.endsWith('self')).sort(), expected)
  assert.equal(notes.length, 1)
  assert.match(notes[0]!, /^left out other names of files that are inputs: in\/.* and \d+ more\.$/)
  // Patterns look through links as well, whatever these are called.
  assert.deepEqual((await found(folder, 'in/away2/*.png')).inputs, [['in/away2/c.png', 'c']])
  assert.deepEqual(
    (await found(folder, 'in/**/*.png')).inputs.map(([path]) => path).sort(),
    expected.map(([path]) => path),
  )
  assert.deepEqual((await found(folder, 'in/again.png', 'in/a.png')).inputs, [['in/a.png', 'a']])
})

test('many folders that are linked with each other end, too', { skip: !unix }, async (t) => {
  const names = Array.from({ length: 9 }, (_, i) => `d${i}`)
  const links = Object.fromEntries(names.flatMap((from) => names.map((to) => [`${from}/${to}`, `../${to}`])))
  const folder = await place(
    t,
    names.map((name) => `${name}/a.png`),
    links,
  )
  const { inputs } = await found(folder, '.')
  assert.deepEqual(
    inputs.map(([path]) => path).sort(),
    names.map((name) => `${name}/a.png`),
  )
})

test('what is no regular file, and links to nothing, fail as images, and the others go on', { skip: !unix }, async (t) => {
  const folder = await place(t, ['in/a.png', 'in/folder.png/b.png'], {
    'in/endless.png': '/dev/zero',
    'in/gone.png': '/nowhere/gone.png',
    'in/gone': '/nowhere/folder',
    'in/gone.txt': '/nowhere/notes',
    'in/circle.png': 'circle.png',
  })
  assert.equal(spawnSync('mkfifo', [join(folder, 'in', 'pipe.png')]).status, 0)
  const server = createServer().listen(join(folder, 'in', 'socket.png'))
  t.onTestFinished(() => void server.close())
  const run = await adzus(['segment', 'in', '--json', ...FAST], { cwd: folder })
  assert.equal(run.code, 1)
  const told = run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ input, status, error }) => `${input} ${error?.replace(/.*, got /, '') ?? status}`)
  assert.deepEqual(told, [
    'in/a.png done',
    'in/circle.png a circle of links.',
    'in/endless.png a device.',
    'in/folder.png/b.png done',
    'in/gone a link to nothing.',
    'in/gone.png a link to nothing.',
    'in/pipe.png a pipe.',
    'in/socket.png a socket.',
  ])
  assert.match(run.stderr, /^6 of 8 images failed:\n/)
  // The same by a pattern, and by their names.
  const { inputs } = await found(folder, 'in/*.png')
  assert.deepEqual(
    inputs.map(([path]) => path!.slice(3)),
    ['a.png', 'circle.png', 'endless.png', 'gone.png', 'pipe.png', 'socket.png'],
  )
  const named = await adzus(['segment', 'in/gone.png', 'in/pipe.png', 'in/folder.png/none.png', 'in/a.png/b.png', ...FAST], { cwd: folder })
  assert.equal(named.code, 1)
  assert.equal(
    named.stderr,
    [
      '4 of 4 images failed:',
      '  in/gone.png: image (in/gone.png): expected a readable file, got a link to nothing.',
      '  in/pipe.png: image (in/pipe.png): expected a file, got a pipe.',
      '  in/folder.png/none.png: image (in/folder.png/none.png): expected a readable file, got no such file.',
      '  in/a.png/b.png: image (in/a.png/b.png): expected a readable file, got a file where a folder should be.',
      '',
    ].join('\n'),
  )
})

test('a folder that cannot be listed is a failed image', { skip: 'Deno' in globalThis }, async (t) => {
  const folder = await place(t, ['in/a.png', 'in/locked/b.png', 'other/c.png'])
  replaceCall(t, 'readdir', (readdir) => async (path: string, options: never) => {
    if (path.endsWith('locked')) throw Object.assign(new Error(`EACCES: permission denied, scandir '${path}'`), { code: 'EACCES' })
    return readdir(path, options)
  })
  for (const pattern of ['in', 'in/**/*.png', 'in/locked']) {
    const { all } = await found(folder, pattern)
    const fault = all.find(({ path }) => path.endsWith('locked'))?.fault
    assert.match(`${fault?.message}`, /^image \(.*locked\): expected a folder that can be read, got permission denied\.$/)
    assert.equal(all.length, pattern === 'in/locked' ? 1 : 2)
  }
  // It lies beside what the pattern looks for.
  assert.equal((await found(folder, 'in/*.png')).all.length, 1)
})

test('files that cannot be opened are told of in words', { skip: 'Deno' in globalThis }, async (t) => {
  const folder = await place(t, ['a.png'])
  let code = ''
  replaceCall(t, 'open', () => async () => {
    throw Object.assign(new Error(`${code}: so it is called, open '/some/where'`), { code })
  })
  for (const [given, words] of [
    ['EACCES', 'permission denied'],
    ['EMFILE', 'too many open files'],
    ['EIO', 'an error of the disk'],
    // One that we have no words for.
    ['EOTHER', 'so it is called'],
  ] as const) {
    code = given
    await assert.rejects(
      readPicture(join(folder, 'a.png'), 'a.png'),
      (error) => error instanceof AdzusError && error.message === `image (a.png): expected a readable file, got ${words}.`,
    )
  }
})

test('files beyond the bound, and those that begin as no picture, are not read to their end', { skip: 'Deno' in globalThis }, async (t) => {
  const folder = await place(t, ['large.png', 'other.png', 'small.png'])
  await truncate(join(folder, 'large.png'), 2 ** 31 + 1)
  // Nothing but zeros at first.
  await writeFile(join(folder, 'other.png'), '')
  await truncate(join(folder, 'other.png'), 1.9e9)
  let bytes = 0
  replaceCall(t, 'open', (open) => async (...args: Parameters<typeof open>) => {
    const file = await open(...args)
    const read = file.read.bind(file)
    file.read = (async (buffer: Uint8Array, at: number, length: number, from: number) => {
      bytes += length
      assert.ok(length <= 2 ** 20)
      return read(buffer, at, length, from)
    }) as typeof file.read
    return file
  })
  await assert.rejects(
    readPicture(join(folder, 'large.png'), 'l'),
    /^AdzusError: image \(l\): expected a file of at most 2\.15 GB, got 1 byte more\.$/,
  )
  assert.equal(bytes, 0)
  assert.equal((await readPicture(join(folder, 'other.png'), 'o')).length, 2 ** 16)
  assert.ok(bytes < 2 ** 20)
  assert.deepEqual(await readPicture(join(folder, 'small.png'), 's'), PNG)
})

test('a name that is too long is said before the image is computed', { skip: !unix }, async (t) => {
  const folder = await place(t, [`${'a'.repeat(251)}.png`, `${'ä'.repeat(121)}.png`, `${'b'.repeat(243)}.png`])
  const run = await adzus(['segment', '.', '-o', 'out', '--json', ...FAST], { cwd: folder })
  assert.equal(run.code, 1)
  const lines = run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    lines.map(({ status }) => status),
    ['failed', 'done', 'done'],
  )
  assert.match(
    lines[0].error,
    /^write \(out\/a+\.labels\.png\): expected a name of at most 255 bytes, got a name that is too long \(262\)\. Rename the image\.$/,
  )
  // What is there already is no reason to look further: an input's own name may be too long as well.
  const own = await adzus(['segment', `${'c'.repeat(300)}.png`, ...FAST], { cwd: folder })
  assert.match(own.stderr, /: expected a readable file, got a name that is too long\.\n$/)
})
