/** @file Comments fit a screen that is split in two: at most 100 columns. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'

const WIDEST = 100

/** A line that holds nothing but a comment. */
const COMMENT = /^\s*(\/\/|\/\*\*|\*)/

test('no line of a comment is wider than 100 columns', async () => {
  const files = (await readdir('src', { recursive: true })).filter((f) => f.endsWith('.ts')).map((f) => f.replaceAll('\\', '/'))
  const wide: string[] = []
  let comments = 0
  for (const file of files) {
    for (const [i, line] of (await readFile(join('src', file), 'utf8')).split('\n').entries())
      if (COMMENT.test(line)) {
        comments++
        if ([...line].length > WIDEST) wide.push(`src/${file}:${i + 1}`)
      }
  }
  assert.ok(comments > 1000)
  assert.ok(wide.length === 0, `${wide.length} too wide: ${wide.slice(0, 10).join(', ')} …`)
})
