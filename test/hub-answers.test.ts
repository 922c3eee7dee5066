/** @file Answers of a hub that are wrong in one way or another: each is one error of bounded length, and the token stays where it is. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { test } from 'vitest'
import { hubFiles } from '../src/checkpoint/hub/files.ts'
import { openHub } from '../src/checkpoint/hub/hub.ts'
import { parseHubId } from '../src/checkpoint/hub/id.ts'
import { pull } from '../src/checkpoint/hub/pull.ts'
import { verify } from '../src/checkpoint/hub/verify.ts'
import { AdzusError } from '../src/errors.ts'
import { type Bench, bench, COMMIT } from './support/hub-fixture.ts'

const UNET = 'unet/diffusion_pytorch_model.fp16.safetensors'

/** The error of a pull; one sentence or two. */
async function refusal(b: Bench, env: Record<string, string> = {}): Promise<string> {
  const error: unknown = await hubFiles('some/model', { ...b.options, env: { ...b.env, ...env } }).then(
    () => assert.fail('it was accepted'),
    (reason) => reason,
  )
  assert.ok(error instanceof AdzusError, `${error}`)
  assert.ok(error.message.length < 900, `${error.message.length} characters`)
  assert.match(error.message, /^[^\p{Cc}]*$/u)
  return error.message
}

const send =
  (status: number, headers: Record<string, string>, body: string | Buffer = '') =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end(body)

const json = (value: unknown) => send(200, {}, typeof value === 'string' ? value : JSON.stringify(value))

test('redirects to where nobody can go', async (t) => {
  const b = await bench(t)
  for (const location of ['http://[', 'http://', 'ftp://x/y', 'http://user:secret@127.0.0.1/', 'https://%']) {
    b.server.answers.push(send(302, { location }))
    const message = await refusal(b)
    assert.match(message, /expected at most 20 redirects over HTTP, got one to "/, location)
    assert.ok(b.waits.length === 0, 'it was tried again')
  }
  b.server.answers.push(...Array(21).fill(send(302, { location: '/circle' })))
  assert.match(await refusal(b), /expected at most 20 redirects over HTTP, got one more, to http:\/\/127/)
})

test('listings that are none', async (t) => {
  const b = await bench(t)
  const listing = (siblings: unknown) => ({ sha: COMMIT, siblings })
  const deep = `{"sha": ${'['.repeat(200_000)}${']'.repeat(200_000)}, "siblings": []}`
  const deepName = `{"sha": "${COMMIT}", "siblings": [{"rfilename": ${'['.repeat(200_000)}${']'.repeat(200_000)}}]}`
  for (const [answer, message] of [
    ['', /expected a JSON object, got ""/],
    ['<html>', /expected a JSON object, got "<html>"/],
    ['null', /expected a JSON object/],
    ['[]', /expected a commit, got undefined/],
    [`"${'x'.repeat(100_000)}"`, /expected a JSON object/],
    [{ sha: 'x'.repeat(100_000), siblings: [] }, /expected a commit, got "xxx/],
    [deep, /expected a commit, got a list/],
    [deepName, /expected names of files below one folder, got a list/],
    [listing(undefined), /expected 1 … 100000 files, got undefined/],
    [listing([null]), /expected names of files below one folder, got undefined/],
    [listing([{ rfilename: 'x'.repeat(100_000) }]), /expected names of files below one folder, got "xxx/],
    [listing([{ rfilename: '\u009b31mred' }]), /expected names of files below one folder, got "\\u009b31mred"/],
    [listing(Array(100_001).fill({ rfilename: 'a' })), /expected 1 … 100000 files, got 100001/],
    [listing([{ rfilename: 'a', size: 2 ** 60 }]), /expected bytes, at least 0 and below 2\^53/],
    [listing([{ rfilename: 'a', size: -1 }]), /expected bytes, at least 0 and below 2\^53/],
    [listing([{ rfilename: 'a', size: ['x'.repeat(100_000)] }]), /expected bytes, at least 0 and below 2\^53, got a list/],
    [listing([{ rfilename: 'a', lfs: { size: 1, sha256: `x.incomplete` } }]), /expected a checksum .*got "x.incomplete"/],
    [listing([{ rfilename: 'a', lfs: { size: 1, sha256: '../x' } }]), /expected a checksum/],
    [listing([{ rfilename: 'a', blobId: 'x'.repeat(300) }]), /expected a checksum/],
    [listing([]), /expected a Stable Diffusion checkpoint .*got 0 files without one/],
    [listing(Array.from({ length: 5000 }, (_, i) => ({ rfilename: `${i}.safetensors` }))), /Say which: some\/model\/0\.safetensors.* …$/],
  ] as const) {
    b.server.answers.push(json(answer))
    assert.match(await refusal(b), message)
  }
  b.server.answers.push((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(' '.repeat(40 * 2 ** 20))))
  // Deno hands out the compressed bytes.
  assert.match(await refusal(b), /expected at most 33554432 bytes of JSON, got more|expected a JSON object/)
  assert.deepEqual(await readdir(dirname(b.cache)), [])
})

test('headers without end, and refusals that talk too much', async (t) => {
  const b = await bench(t)
  b.server.answers.push(send(200, { 'x-long': 'x'.repeat(100_000) }))
  // Deno takes them.
  assert.match(await refusal(b), /expected headers of some kilobytes, got more|expected a JSON object/)
  b.server.answers.push(send(400, { 'x-error-message': 'no '.repeat(4000) }))
  assert.match(await refusal(b), /got HTTP 400 from 127.* no no no/)
})

test('descriptions of a file that lie', async (t) => {
  const b = await bench(t)
  b.server.blobs = false
  const heads: [Record<string, string>, RegExp][] = [
    [{ etag: '"a"' }, /expected an etag and a size, got "a", no size/],
    [{ 'content-length': '5' }, /expected an etag and a size, got no etag, "5"/],
    [{ etag: '"a"', 'content-length': '5', 'content-encoding': 'gzip' }, /got "a", no size/],
    [{ etag: '"a"', 'x-linked-size': '99999999999999999999' }, /expected bytes, at least 0 and below 2\^53/],
    [{ etag: '"a"', 'x-linked-size': '-5' }, /expected an etag and a size, got "a", "-5"/],
    [{ etag: '"../x"', 'content-length': '5' }, /expected a checksum/],
    [{ etag: `"${'e'.repeat(8000)}"`, 'content-length': '5' }, /expected a checksum/],
    [{ etag: '"a"', 'content-length': '5', 'x-repo-commit': 'z'.repeat(8000) }, /expected commit 39593d5.*got "zzz/],
  ]
  for (const [headers, message] of heads) {
    b.server.answers.push(
      () => true,
      (response, { method }) => {
        assert.equal(method, 'HEAD')
        return response.writeHead(200, headers).end()
      },
    )
    assert.match(await refusal(b), message)
  }
})

test('bytes that are compressed, or of another range, are the file or an error', async (t) => {
  const b = await bench(t)
  const index = b.server.repos.get('some/model')!.files.get('model_index.json')!
  const zipped = gzipSync(index)
  b.server.answers.push(
    () => true,
    (response) => response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': zipped.length }).end(zipped),
  )
  await hubFiles('some/model', b.options)
  assert.deepEqual(await readFile(`${b.model}/snapshots/${COMMIT}/model_index.json`), index)
})

for (const range of ['bytes 0-9/10', `bytes ${'9'.repeat(8000)}-9/10`, 'x', undefined])
  test(`a partial answer that says ${range === undefined ? 'nothing' : `"${range.slice(0, 12)}"`} of its range`, async (t) => {
    const b = await bench(t)
    // The listing, then the same wrong answer for the index again and again.
    b.server.answers.push(() => true, ...Array(9).fill(send(206, range === undefined ? {} : { 'content-range': range }, 'x')))
    assert.match(await refusal(b), /got the range .*3 times/)
  })

test('an etag of another kind means not verified, and that is said', async (t) => {
  const b = await bench(t)
  const md5 = 'd41d8cd98f00b204e9800998ecf8427e'
  b.server.etag = (file) => (file === UNET ? md5 : undefined)
  const notes: string[] = []
  const hub = await openHub({ ...b.options, onNote: (text) => notes.push(text) })
  const { unverified } = await pull(hub, parseHubId('some/model'))
  assert.deepEqual(unverified, [UNET])
  assert.deepEqual(notes, [`some/model: not verified, since the hub tells no checksum: "${UNET}"`])
  const verdicts = new Map<string, [string, string | undefined]>()
  for await (const { file, status, reason } of verify(hub, 'some/model', COMMIT)) verdicts.set(file, [status, reason])
  assert.deepEqual(verdicts.get(UNET), ['unchecked', `"${md5}" is no checksum`])
  assert.deepEqual(verdicts.get('vae/config.json'), ['right', undefined])
})

test('what was left of a file without a checksum is not gone on with', async (t) => {
  const b = await bench(t)
  b.server.etag = (file) => (file === UNET ? 'some-name' : undefined)
  await mkdir(`${b.model}/blobs`, { recursive: true })
  await writeFile(`${b.model}/blobs/some-name.adzus-00000000.incomplete`, 'of another file')
  await hubFiles('some/model', b.options)
  assert.deepEqual(b.server.ranges(UNET), [undefined])
  assert.deepEqual(await readFile(`${b.model}/snapshots/${COMMIT}/${UNET}`), b.server.repos.get('some/model')!.files.get(UNET))
})

test('a token that cannot be sent is named and not shown', async (t) => {
  const b = await bench(t)
  for (const [token, what] of [
    ['hf_secret hf_second', 'a space'],
    ['hf_secret\u0007', 'a control character'],
    ['hf_secretñ', 'a character beyond ASCII'],
    ['hf_secret😀', 'a character beyond ASCII'],
    [`hf_secret${'x'.repeat(5000)}`, '5009 characters'],
  ] as const)
    for (const variable of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
      const message = await refusal(b, { [variable]: token })
      assert.match(message, new RegExp(`^hub: token \\(${variable}\\): expected an access token .*got ${what}`))
      assert.ok(!message.includes('secret'))
    }
  await assert.rejects(hubFiles('some/model', { ...b.options, token: 'a b' }), /hub: token \(the option token\)/)
  assert.equal(b.server.asked.length, 0)
})

test('a token’s file that is a pipe or huge is named, and only where a token is needed', async (t) => {
  const b = await bench(t)
  await hubFiles('some/model', b.options)
  const path = `${dirname(b.cache)}/token`
  execFileSync('mkfifo', [path])
  await hubFiles('some/model', b.options)
  assert.match(await refusal(b, { HF_HUB_CACHE: `${b.cache}2` }), /hub: token \(.*\/token\): .*got no file/)
  const large = `${dirname(b.cache)}/large`
  await writeFile(large, '')
  await truncate(large, 2 ** 30)
  assert.match(await refusal(b, { HF_HUB_CACHE: `${b.cache}2`, HF_TOKEN_PATH: large }), /got a file of 1073741824 bytes/)
})
