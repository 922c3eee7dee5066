/** @file `npm run shaders [-- --check]`: writes the WGSL of every kernel in use to test/shaders, or says which stored files differ. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { root, setup } from './setup.mjs'

setup()
const { FOLDER, kernelInstances } = await import('../dist/test/support/kernel-instances.js')
const { instances, contents } = kernelInstances()
const folder = join(root, FOLDER)
const wanted = new Map([['README.md', contents], ...instances.map(({ file, code }) => [file, code])])

await mkdir(folder, { recursive: true })
const stored = await readdir(folder)
if (process.argv.includes('--check')) {
  const differ = []
  for (const [file, text] of wanted) if (!stored.includes(file) || (await readFile(join(folder, file), 'utf8')) !== text) differ.push(file)
  differ.push(...stored.filter((file) => !wanted.has(file)))
  for (const file of differ) console.log(`differs: ${join(FOLDER, file)}`)
  if (differ.length > 0) console.log('npm run shaders writes them again.')
  process.exitCode = differ.length > 0 ? 1 : 0
} else {
  for (const file of stored) if (!wanted.has(file)) await rm(join(folder, file))
  for (const [file, text] of wanted) await writeFile(join(folder, file), text)
  console.log(`${wanted.size} files in ${FOLDER}`)
}
