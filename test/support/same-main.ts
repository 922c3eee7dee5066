/**
 * @file `npm run same -- BEFORE AFTER`: whether two folders of results hold the same labels and masks,
 * number for number, whatever else changed in how files are written.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { decode } from 'fast-png'

const [before, after] = process.argv.slice(2)
if (after === undefined) {
  console.error('same: expected two folders of results')
  process.exit(2)
}
const names = async (folder: string) => (await readdir(folder)).filter((name) => /\.(labels|mask)\.png$/.test(name)).sort()
const [had, has] = [await names(before), await names(after)]
const missing = had.filter((name) => !has.includes(name))
const different: string[] = []
for (const name of had) if (!missing.includes(name) && !(await equal(join(before, name), join(after, name)))) different.push(name)
for (const name of missing) console.log(`missing    ${name}`)
for (const name of different) console.log(`different  ${name}`)
const wrong = missing.length + different.length
console.log(`\n${had.length - wrong} passed, ${wrong} failed`)
process.exitCode = wrong > 0 || had.length === 0 ? 1 : 0

/** Compares sizes and samples; of a palette the indices. */
async function equal(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map(async (path) => decode(await readFile(path))))
  return (
    first.width === second.width &&
    first.height === second.height &&
    Buffer.compare(Buffer.from(first.data), Buffer.from(second.data)) === 0
  )
}
