/**
 * @file Faults of a hub and its network: every one ends in success after another try or in one clear
 * error, with a cache that is never left corrupt.
 */
import assert from 'node:assert/strict'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { test } from 'vitest'
import { cacheDisk } from '#platform'
import type { Disk } from '../src/checkpoint/hub/disk.ts'
import { findCached, hubFiles } from '../src/checkpoint/hub/files.ts'
import { openHub } from '../src/checkpoint/hub/hub.ts'
import { parseHubId } from '../src/checkpoint/hub/id.ts'
import type { DownloadProgress } from '../src/checkpoint/hub/meter.ts'
import { pull } from '../src/checkpoint/hub/pull.ts'
import { assertWhole, tree, UNET } from './support/hub-cache.ts'
import { bench, COMMIT } from './support/hub-fixture.ts'
import { etagOf, type Fault } from './support/hub-server.ts'

const FAULTS: [string, Fault[]][] = [
  ['503', [{ kind: 'status', status: 503 }]],
  ['429 four times', Array(4).fill({ kind: 'status', status: 429 })],
  [
    '408 and 500',
    [
      { kind: 'status', status: 408 },
      { kind: 'status', status: 500 },
    ],
  ],
  ['a cut connection', [{ kind: 'cut', after: 1000 }]],
  [
    'two cut connections',
    [
      { kind: 'cut', after: 1000 },
      { kind: 'cut', after: 2000 },
    ],
  ],
  ['a connection cut before the first byte', [{ kind: 'cut', after: 0 }]],
  ['a stalled stream', [{ kind: 'stall', after: 1500 }]],
  ['a wrong byte', [{ kind: 'wrong byte', at: 3000 }]],
  [
    'a wrong byte before a cut',
    [
      { kind: 'wrong byte', at: 3000 },
      { kind: 'wrong byte', at: 5 },
    ],
  ],
  ['a server without ranges', [{ kind: 'cut', after: 1000 }, { kind: 'no range' }]],
  ['another range', [{ kind: 'cut', after: 1000 }, { kind: 'other range' }]],
  ['too many bytes', [{ kind: 'too long' }]],
  ['an expired address', [{ kind: 'status', status: 403 }]],
  [
    'a server that has no rest',
    [
      { kind: 'cut', after: 1000 },
      { kind: 'status', status: 416 },
    ],
  ],
]

for (const [name, faults] of FAULTS)
  test(`a pull gets over ${name}`, async (t) => {
    const b = await bench(t)
    b.server.faults.set(UNET, [...faults])
    await hubFiles('some/model', b.options)
    await assertWhole(b)
    // A whole file instead of a range is no failure.
    const failures = faults.filter((f) => f.kind !== 'no range').length
    assert.equal(b.server.ranges(UNET).length, failures + 1)
    if (faults.some((f) => f.kind === 'status' && f.status === 416)) assert.equal(b.server.ranges(UNET).at(-1), undefined)
    assert.equal(b.waits.length, failures)
  })

test('a small file has a checksum, too', async (t) => {
  const b = await bench(t)
  b.server.faults.set('unet/config.json', [{ kind: 'wrong byte', at: 3 }])
  await hubFiles('some/model', b.options)
  await assertWhole(b)
  assert.equal(b.server.ranges('unet/config.json').length, 2)
})

test('after a break only the rest is asked for', async (t) => {
  const b = await bench(t)
  b.server.faults.set(UNET, [
    { kind: 'cut', after: 1000 },
    { kind: 'cut', after: 2000 },
  ])
  await hubFiles('some/model', b.options)
  assert.deepEqual(b.server.ranges(UNET), [undefined, 'bytes=1000-', 'bytes=3000-'])
})

test('an interrupted pull goes on where it stopped', async (t) => {
  const b = await bench(t)
  const abort = new AbortController()
  b.server.faults.set(UNET, [{ kind: 'stall', after: 2000 }])
  let came = 0
  const onProgress = (p: DownloadProgress) => {
    if (p.file === UNET && ++came === 1) abort.abort(new Error('enough'))
  }
  // The clock of the meter runs fast, so that every piece is reported.
  let now = Date.now()
  const clock = { ...b.options.clock!, now: () => (now += 1000) }
  await assert.rejects(hubFiles('some/model', { ...b.options, clock, signal: abort.signal, onProgress, parallel: 1 }), /enough/)
  const left = (await tree(b.model)).filter((n) => n.includes('.incomplete'))
  assert.equal(left.length, 1)
  assert.match(left[0], /^blobs\/[0-9a-f]{64}\.adzus-[0-9a-f]{8}\.incomplete$/)
  assert.ok(!(await tree(b.model)).includes('refs/main'))
  const { missing } = await findCached(await openHub(b.options), parseHubId('some/model'))
  assert.equal(missing, 'no revision main')
  const { size } = await stat(`${b.model}/${left[0]}`)
  assert.ok(size > 0)
  await hubFiles('some/model', b.options)
  assert.equal(b.server.ranges(UNET).at(-1), `bytes=${size}-`)
  await assertWhole(b)
})

test('what an interrupted pull left may be wrong or too much', async (t) => {
  const b = await bench(t)
  const right = b.server.repos.get('some/model')!.files.get(UNET)!
  const partial = (suffix: string) => `${b.model}/blobs/${etagOf(right)}${suffix}.incomplete`
  await mkdir(`${b.model}/blobs`, { recursive: true })
  // Whole but not renamed; longer ones are of no use; Python's own are not touched.
  await writeFile(partial('.adzus-00000000'), right)
  await writeFile(partial('.adzus-00000001'), Buffer.concat([right, right]))
  await writeFile(partial(''), 'python')
  await hubFiles('some/model', b.options)
  assert.equal(b.server.ranges(UNET).length, 0)
  assert.equal(await readFile(partial(''), 'utf8'), 'python')
  await rm(partial(''))
  await assertWhole(b)
  // As long as it should be, but wrong.
  await rm(`${b.model}/blobs/${etagOf(right)}`)
  const wrong = Buffer.from(right)
  wrong[100] ^= 255
  await writeFile(partial('.adzus-00000002'), wrong)
  await hubFiles('some/model', b.options)
  await assertWhole(b)
})

test('bytes that stay wrong are an error, and nothing gets their name', async (t) => {
  const b = await bench(t)
  b.server.faults.set(UNET, Array(9).fill({ kind: 'wrong byte', at: 9 }))
  const etag = etagOf(b.server.repos.get('some/model')!.files.get(UNET)!)
  await assert.rejects(hubFiles('some/model', b.options), (error: Error) => {
    assert.match(
      error.message,
      new RegExp(`^hub: download \\(some/model/${UNET}\\): expected \\d+ bytes with checksum ${etag}, got checksum .*, 3 times`),
    )
    return true
  })
  assert.ok(!(await tree(b.model)).includes(`blobs/${etag}`))
  assert.ok(!(await tree(b.model)).includes('refs/main'))
  b.server.faults.clear()
  await hubFiles('some/model', b.options)
  await assertWhole(b)
})

test('a connection that always breaks is given up', async (t) => {
  const b = await bench(t)
  b.server.faults.set(UNET, Array(99).fill({ kind: 'cut', after: 10 }))
  await assert.rejects(hubFiles('some/model', b.options), /broke off.*\(try 5\)\. What was fetched so far is kept/)
  b.server.answerFaults.push(...Array(99).fill({ kind: 'status', status: 503 }))
  await assert.rejects(
    hubFiles('some/model', b.options),
    /hub \(some\/model@main\): expected an answer, got HTTP 503 from 127.0.0.1:\d+ \(try 5\)/,
  )
  await assert.rejects(
    hubFiles('some/model', { ...b.options, env: { ...b.env, HF_ENDPOINT: 'http://127.0.0.1:9' } }),
    /no connection to 127.0.0.1:9/,
  )
  for (const HF_ENDPOINT of ['huggingface.co', 'file:///x', 'http://'])
    await assert.rejects(hubFiles('some/model', { ...b.options, env: { ...b.env, HF_ENDPOINT } }), /hub \(HF_ENDPOINT\)/)
})

test('no answer within HF_HUB_ETAG_TIMEOUT is tried again', async (t) => {
  const b = await bench(t)
  b.server.answerFaults.push({ kind: 'stall', after: 0 })
  await hubFiles('some/model', { ...b.options, env: { ...b.env, HF_HUB_ETAG_TIMEOUT: '0.3' } })
  await assertWhole(b)
})

test('Retry-After is honoured, within reason', async (t) => {
  const b = await bench(t)
  const later = new Date(Date.now() + 90_000).toUTCString()
  b.server.answerFaults.push(
    { kind: 'status', status: 429, retryAfter: '17' },
    { kind: 'status', status: 503, retryAfter: later },
    { kind: 'status', status: 503 },
  )
  await hubFiles('some/model', b.options)
  assert.equal(b.waits[0], 17_000)
  assert.ok(b.waits[1] > 60_000 && b.waits[1] <= 90_000, `${b.waits[1]}`)
  assert.equal(b.waits[2], 4000)
  b.server.answerFaults.push({ kind: 'status', status: 429, retryAfter: '3600' })
  await assert.rejects(pull(await openHub(b.options), parseHubId('some/model')), /HTTP 429 .* and a request to wait 60 minutes \(try 1\)/)
})

test('without a network there is one error with all that matters', async (t) => {
  const b = await bench(t)
  for (const variable of ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'])
    await assert.rejects(hubFiles('some/model@v2', { ...b.options, env: { ...b.env, [variable]: '1' } }), (error: Error) => {
      for (const part of ['some/model at v2', b.cache, variable, 'adzus models pull some/model@v2'])
        assert.ok(error.message.includes(part), part)
      return true
    })
  assert.equal(b.server.asked.length, 0)
  await hubFiles('some/model', b.options)
  await rm(`${b.model}/snapshots/${COMMIT}/vae/config.json`)
  const offline = { ...b.options, env: { ...b.env, HF_HUB_OFFLINE: '1' } }
  await assert.rejects(hubFiles('some/model', offline), /expected all its files in the cache .* vae\/config.json/)
  await hubFiles('some/model', b.options)
  await assertWhole(b)
})

test('a full disk is named before and while fetching', async (t) => {
  const b = await bench(t)
  const small: Disk = { ...cacheDisk(), free: async () => 1e6 }
  await assert.rejects(hubFiles('some/model', { ...b.options, disk: small }), /expected [\d.]+ MB free on its disk, got 1 MB\. Make room/)
  assert.equal(b.server.asked.length, 1)
  const disk = cacheDisk()
  const full: Disk = {
    ...disk,
    open: async (path) => {
      const file = await disk.open(path)
      return {
        ...file,
        size: file.size,
        write: async () => {
          throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
        },
      }
    },
  }
  await assert.rejects(hubFiles('some/model', { ...b.options, disk: full }), /expected room on the disk, got a full disk/)
  await hubFiles('some/model', b.options)
  await assertWhole(b)
})
