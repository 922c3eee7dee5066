/** @file The lease of a folder: one at a time, taken over from processes that have ended, never from those at work. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'vitest'
import { sweepLease, withLease } from '../src/platform/lease.ts'
import { place, sweepTemporaries, temporaryBeside } from '../src/platform/temporary.ts'
import { filesBelow, temporaryFolder } from './support/cli.ts'

const LEASE = '.adzus.lease'
/** The number of a process that has ended. */
const ended = () => spawnSync(process.execPath, ['--version']).pid

test('one after another has the lease, also after a failure, and nothing is left of it', async (t) => {
  const folder = await temporaryFolder(t)
  const log: string[] = []
  const work = (name: string) => async () => {
    log.push(`${name} begins`)
    assert.ok((await filesBelow(folder)).includes(LEASE))
    await new Promise((resolve) => setTimeout(resolve, 5))
    log.push(`${name} ends`)
    if (name === 'b') throw new Error('a fault')
    return name
  }
  const all = await Promise.allSettled(['a', 'b', 'c'].map((name) => withLease(folder, work(name))))
  assert.deepEqual(
    all.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.equal(log.length, 6)
  for (let i = 0; i < 6; i += 2) assert.equal(log[i]!.split(' ')[0], log[i + 1]!.split(' ')[0])
  assert.deepEqual(await filesBelow(folder), [])
})

test('the lease of a process that has ended is taken over', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, LEASE), `${place()} ${ended()} 00`)
  assert.equal(await withLease(folder, async () => 5), 5)
  assert.deepEqual(await filesBelow(folder), [])
})

test('a lease from elsewhere is waited for until it has stood for too long', async (t) => {
  const folder = await temporaryFolder(t)
  let now = 0
  const clock = performance.now
  performance.now = () => (now += 2000)
  t.onTestFinished(() => {
    performance.now = clock
  })
  // Its process number is that of one which has ended here.
  for (const [i, text] of [`00000000 ${ended()} 00`, ''].entries()) {
    await writeFile(join(folder, LEASE), text)
    assert.equal(await withLease(folder, async () => now), now)
    assert.ok(now > 10_000 * (i + 1))
    assert.deepEqual(await readdir(folder), [])
  }
  if (process.platform === 'win32') return
  await symlink('nowhere', join(folder, LEASE))
  assert.equal(await withLease(folder, async () => now), now)
  assert.deepEqual(await readdir(folder), [])
})

test('what killed processes left is removed, and nothing else', async (t) => {
  const folder = await temporaryFolder(t)
  const own = temporaryBeside(join(folder, 'a'))
  const stale = own.replace(`-${process.pid}-`, `-${ended()}-`)
  const elsewhere = stale.replace(place(), '00000000')
  const others = ['.adzus-x.tmp', 'a.tmp', 'a.json.1.tmp'].map((name) => join(folder, name))
  for (const path of [own, stale, elsewhere, ...others]) await writeFile(path, '')
  await writeFile(join(folder, LEASE), `${place()} ${process.pid} 00`)
  await sweepTemporaries(folder)
  await sweepLease(folder)
  const left = [own, elsewhere, ...others, join(folder, LEASE)].map((path) => path.slice(folder.length + 1)).sort()
  assert.deepEqual(await filesBelow(folder), left)
  await writeFile(join(folder, LEASE), `${place()} ${ended()} 00`)
  await sweepLease(folder)
  assert.deepEqual(
    await filesBelow(folder),
    left.filter((name) => name !== LEASE),
  )
})
