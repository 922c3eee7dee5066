/** @file What results are called: distinct on every disk, the same in whatever order inputs come, and never outside of the output folder. */
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'vitest'
import { resultNames } from '../src/cli/names.ts'

/** The names for files that were named themselves. */
const names = (...paths: string[]) => resultNames(paths.map((path) => ({ path: resolve('/r', path), name: path.split('/').at(-1)! })))
/** The names for files in folders that were given; a bar stands behind the folder. */
const inFolders = (...paths: string[]) =>
  resultNames(paths.map((path) => ({ path: resolve('/r', path.replace('|', '/')), name: path.split('|')[1]! })))

test('extensions are kept where files of one folder differ in nothing else', () => {
  assert.deepEqual(names('a.png', 'b.jpeg', 'c', '.png', 'd.tar.png'), ['a', 'b', 'c', '.png', 'd.tar'])
  assert.deepEqual(names('e.nii.gz', 'f.NII.GZ', 'g.gz'), ['e', 'f', 'g'])
  assert.deepEqual(names('a.png', 'a.jpg', 'b.png'), ['a_png', 'a_jpg', 'b'])
  assert.deepEqual(names('a.png', 'a.jpg', 'a_png.png'), ['a_png', 'a_jpg', 'a_png_png'])
  assert.deepEqual(inFolders('in|x/a.png', 'in|x/a.jpg', 'in|a.png'), ['x/a_png', 'x/a_jpg', 'a'])
})

test('folders are kept where files of several have one name', () => {
  assert.deepEqual(names('a/x.png', 'b/x.png'), ['a/x', 'b/x'])
  assert.deepEqual(names('p/q/a/x.png', 'p/q/b/c/x.jpg', 'p/y.png'), ['a/x', 'b/c/x', 'y'])
  assert.deepEqual(names('x.png', 'a/x.png'), ['x', 'a/x'])
  assert.deepEqual(names('a/x.png', 'a/x.jpg', 'b/x.png'), ['a/x_png', 'a/x_jpg', 'b/x'])
  assert.deepEqual(inFolders('one|deep/x.png', 'two|deep/x.png', 'two|y.png'), ['one/deep/x', 'two/deep/x', 'y'])
  assert.deepEqual(
    resultNames([
      { path: resolve('/x.png'), name: 'x.png' },
      { path: resolve('/a/x.png'), name: 'x.png' },
    ]),
    ['x', 'a/x'],
  )
})

test('names that some disks take for one are told apart', () => {
  assert.deepEqual(names('a.png', 'A.png'), ['a_png_2', 'A_png'])
  assert.deepEqual(names('A.png', 'a.png'), ['A_png', 'a_png_2'])
  assert.deepEqual(names('e\u0301.png', '\u00e9.jpg', '\u00c9.gif'), ['e\u0301_png', '\u00e9_jpg', '\u00c9_gif'])
  assert.deepEqual(inFolders('in|A/x.png', 'in|a/x.png'), ['A/x_png', 'a/x_png_2'])
})

test('names that lead out of the folder are made harmless', () => {
  assert.deepEqual(names('..jpg', '...png'), ['_jpg', '_png'])
  assert.deepEqual(inFolders('in|x/..jpg', 'in|....jpg', 'in|..a.jpg'), ['x/_jpg', '_jpg', '..a'])
})

test('many files with all sorts of names: all distinct, in whatever order', () => {
  const stems = ['a', 'A', 'a_png', 'a_jpg', 'a_png_2', '.', '..', '', 'x', 'x_PNG_png']
  const paths = ['', 'p/', 'P/', 'p/q/'].flatMap((folder) => stems.flatMap((s) => ['.png', '.jpg', '.PNG', ''].map((e) => folder + s + e)))
  const valid = paths.filter((path) => !/(^|\/)\.{0,2}$/.test(path))
  const given = names(...valid)
  assert.equal(new Set(given.map((name) => name.normalize('NFC').toLowerCase())).size, valid.length)
  for (const name of given) for (const part of name.split('/')) assert.doesNotMatch(part, /^\.{0,2}$/, name)
  assert.deepEqual(names(...valid.toReversed()).toReversed(), given)
})
