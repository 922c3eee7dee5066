/** @file Readers of what the hub answers and of what its cache holds. */
import { systemClock } from '../../../src/checkpoint/hub/clock.ts'
import { openHub } from '../../../src/checkpoint/hub/hub.ts'
import { describe, readListing } from '../../../src/checkpoint/hub/listing.ts'
import { memoryDisk } from '../memory-disk.ts'
import { json, text } from '../mutate.ts'
import { decode, encode, type Reader } from './reader.ts'

const COMMIT = '39593d5650112b4cc580433f6b0435385882d819'
const ROOT = '/cache/models--some--model'

/** What a cache's refs and links say: lines of `path = contents` or `path -> target`. */
async function readRefs(input: Uint8Array): Promise<void> {
  const disk = memoryDisk(decode(input))
  const { cache } = await openHub({ env: { HF_HUB_CACHE: '/cache' }, disk })
  for (const repo of await cache.repos()) {
    await cache.refs(repo)
    await cache.commit(repo, 'main')
    for (const commit of await cache.commits(repo)) await cache.files(repo, commit)
  }
}

const refs = [
  `${ROOT}/refs/main = ${COMMIT}`,
  `${ROOT}/refs/pr/1 = ${COMMIT}`,
  `${ROOT}/blobs/0123456789abcdef0123456789abcdef01234567 = {}`,
  `${ROOT}/snapshots/${COMMIT}/model_index.json -> ../../blobs/0123456789abcdef0123456789abcdef01234567`,
].join('\n')

const listing = {
  id: 'some/model',
  sha: COMMIT,
  siblings: [
    { rfilename: 'model_index.json', size: 3, blobId: COMMIT },
    { rfilename: 'unet/config.json', size: 5, blobId: COMMIT },
    { rfilename: 'unet/model.safetensors', size: 9, blobId: COMMIT, lfs: { size: 9, sha256: 'a'.repeat(64), pointerSize: 134 } },
    { rfilename: 'vae/config.json' },
  ],
}

async function readList(input: Uint8Array): Promise<void> {
  const etag = { etag: `"${COMMIT}"`, 'content-length': '7', 'x-repo-commit': COMMIT }
  const answer = async (_url: unknown, init?: { method?: string }) =>
    init?.method === 'HEAD' ? new Response(null, { headers: etag }) : new Response(input.slice())
  const clock = { ...systemClock, sleep: async () => {} }
  const options = { env: { HF_HUB_CACHE: '/cache', HF_ENDPOINT: 'http://localhost' }, disk: memoryDisk(''), fetch: answer as typeof fetch }
  const hub = await openHub({ ...options, clock })
  const found = await readListing(hub, { repo: 'some/model', revision: 'main' })
  for (const name of [...found.files.keys()].slice(0, 4)) await describe(hub, found, 'some/model', name)
}

export const hub: Record<string, Reader> = {
  refs: { seeds: async () => [encode(refs)], mutate: text, read: readRefs },
  listing: { seeds: async () => [encode(JSON.stringify(listing))], mutate: json, read: readList },
}
