/** @file Signals that ask a process to end: SIGINT, SIGTERM and SIGHUP in each part of a run. */
import assert from 'node:assert/strict'
import { type spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { test } from 'vitest'
import { adzus, filesBelow, temporaryFolder } from './support/cli.ts'
import { bench, diffusers } from './support/hub-fixture.ts'
import { etagOf } from './support/hub-server.ts'

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
const SUFFIXES = ['json', 'labels.png', 'mask.png', 'overlay.png']
const UNET = 'unet/diffusion_pytorch_model.fp16.safetensors'

/** Windows has no such signals; and Deno is started otherwise. */
const skip = process.platform === 'win32' || 'Deno' in globalThis

/** Built: it runs in processes of its own. */
const SIGNALS = pathToFileURL('dist/src/cli/signals.js').href

type Child = ReturnType<typeof spawn>

for (const [signal, code] of Object.entries(CODES) as [keyof typeof CODES, number][]) {
  test(`work hears of ${signal}, and ends with ${code}, whatever becomes of it`, { skip }, () => {
    for (const [work, expected] of [
      ['send(); await heard(abort); return 0', code],
      ['send(); await heard(abort); abort.throwIfAborted()', code],
      ['send(); await heard(abort); throw new Error("a fault that came of it")', code],
      // Also where the thread was too busy to be told.
      ['send(); return 0', code],
      ['return 7', 7],
      ['throw new Error("a fault")', 1],
      // A second one is not caught any more.
      ['send(); await heard(abort); send(); await new Promise((r) => setTimeout(r, 10_000)); return 0', null],
    ] as const) {
      const script = `
        import { once } from 'node:events'
        import { stoppable } from ${JSON.stringify(SIGNALS)}
        const signal = '${signal}'
        const send = () => process.kill(process.pid, signal)
        const heard = async (abort) => {
          const alive = setInterval(() => {}, 1000)
          if (!abort.aborted) await once(abort, 'abort')
          clearInterval(alive)
        }
        process.exitCode = await stoppable(async (abort) => { ${work} })
        if (process.listenerCount(signal) > 0) process.exitCode = 99`
      const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8', timeout: 60_000 })
      assert.deepEqual([ended.status, ended.signal], [expected, expected === null ? signal : null], `${work}\n${ended.stderr}`)
    }
  })

  test(`${signal} among images: whole results or none`, { skip }, async (t) => {
    const folder = await temporaryFolder(t)
    const photo = 'data/bccd/images/BloodImage_00163.jpg'
    for (const name of ['a', 'b', 'c']) await copyFile(photo, join(folder, `${name}.jpg`))
    let child: Child | undefined
    const run = await adzus(['segment', folder, '-o', join(folder, 'out'), '--backend', 'cpu', '--size', '128', '--json'], {
      onStart: (started) => {
        child = started
      },
      // The first picture is done, the second is being worked on.
      onOutput: (text) => {
        if (text.includes('\n')) child?.kill(signal)
        child = undefined
      },
    })
    assert.equal(run.code, code)
    assert.equal(run.stderr, '')
    const done = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).input.slice(-5, -4))
    assert.ok(done.length < 3)
    assert.deepEqual(
      await filesBelow(join(folder, 'out')),
      done.flatMap((name) => SUFFIXES.map((s) => `${name}.${s}`)),
    )
  })

  test(`${signal} while weights are read`, { skip }, async (t) => {
    const folder = await temporaryFolder(t)
    await copyFile('data/bccd/images/BloodImage_00163.jpg', join(folder, 'a.jpg'))
    const run = await adzus(['segment', 'a.jpg', '--trace', 'out/t.json', '--backend', 'cpu', '--size', '64'], {
      cwd: folder,
      env: { ADZUS_DEBUG: '1' },
      onStart: (child) =>
        child.stderr!.on('data', (text: string) => {
          // Once: a second signal would end it at once.
          if (text.includes('[stage]') && !child.killed) child.kill(signal)
        }),
    })
    assert.equal(run.code, code)
    assert.match(run.stderr, /^\[stage\] check f16/)
    assert.doesNotMatch(run.stderr, /\[stage\] decode|adzus:/)
    assert.equal(run.stdout, '')
    assert.deepEqual(await filesBelow(folder), ['a.jpg'])
  })

  for (const [what, args] of [
    ['segment fetches', ['segment', 'a.jpg', '--model', 'some/model']],
    ['--explain fetches', ['segment', '--explain', '--model', 'some/model']],
    ['models pull fetches', ['models', 'pull', 'some/model']],
  ] as const)
    test(`${signal} while ${what} a model`, { skip }, async (t) => {
      const b = await bench(t)
      const folder = await temporaryFolder(t)
      await copyFile('data/bccd/images/BloodImage_00163.jpg', join(folder, 'a.jpg'))
      b.server.faults.set(UNET, [{ kind: 'stall', after: 3000 }])
      let child: Child | undefined
      const ended = adzus([...args], {
        cwd: folder,
        env: { ...b.env, HF_HUB_DOWNLOAD_TIMEOUT: '60' },
        onStart: (started) => {
          child = started
        },
      })
      const partial = new RegExp(`^${etagOf(diffusers().files.get(UNET)!)}.*incomplete$`)
      const blobs = async () => readdir(`${b.model}/blobs`).catch(() => [])
      while (!(await blobs()).some((name) => partial.test(name))) await new Promise((resolve) => setTimeout(resolve, 10))
      child!.kill(signal)
      const { code: got, stdout } = await ended
      assert.equal(got, code)
      assert.equal(stdout, '')
      assert.deepEqual(await filesBelow(folder), ['a.jpg'])
      assert.deepEqual(await readdir(`${b.cache}/.locks/models--some--model`), [])
    })
}

test('a second signal ends a run at once', { skip }, async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'out'))
  await copyFile('data/bccd/images/BloodImage_00163.jpg', join(folder, 'a.jpg'))
  let ending: Promise<unknown[]> | undefined
  const run = await adzus(['segment', 'a.jpg', '--backend', 'cpu', '--size', '512'], {
    cwd: folder,
    env: { ADZUS_DEBUG: '1' },
    onStart: (child) => {
      ending = once(child, 'exit')
      child.stderr!.on('data', (text: string) => {
        if (text.includes('[stage] vae')) {
          child.kill('SIGTERM')
          child.kill('SIGINT')
        }
      })
    },
  })
  // By the signal itself: which of two that wait is delivered first is the system's choice.
  const [code, signal] = (await ending) ?? []
  assert.equal(run.code, null)
  assert.equal(code, null)
  assert.ok(signal === 'SIGTERM' || signal === 'SIGINT')
  assert.deepEqual(await filesBelow(folder), ['a.jpg'])
})
