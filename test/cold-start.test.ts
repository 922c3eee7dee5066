/** @file What a plain call of the command line does without, since it would keep the first mask waiting. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { test } from 'vitest'
import { PLENTY, surelyFits } from '../src/cli/segment/memory.ts'
import { Adzus } from '../src/index.ts'
import { embeddedModel } from '../src/platform/directory.ts'

/** The modules below `src`, and the packages, that are loaded with one: what `import()` loads is not among them. */
async function loadedWith(first: string): Promise<Set<string>> {
  const found = new Set([first])
  // Those that are added meanwhile are visited as well.
  for (const file of found) {
    if (!file.endsWith('.ts')) continue
    const text = await readFile(join('src', file), 'utf8')
    for (const [, clause, path] of text.matchAll(/^(?:import|export)\s+([\w*{][^'`;=]*?\bfrom\s+)?'([^']+)'/gm)) {
      const names = /^\{([^}]*)\}/.exec(clause ?? '')?.[1].split(',')
      const typesOnly = clause?.startsWith('type ') || names?.every((name) => /^\s*(type\s.*)?$/.test(name))
      if (!typesOnly) found.add(path.startsWith('.') ? relative('src', join('src', dirname(file), path)) : path)
    }
  }
  return found
}

test('the command line loads a command when it is called, and no other', async () => {
  const files = await loadedWith('cli/main.ts')
  assert.ok(files.has('errors.ts') && files.has('cli/version.ts'))
  assert.deepEqual(
    [...files].filter((file) => file.startsWith('cli/commands/') || file === 'index.ts'),
    [],
  )
})

test('a picture whose path is given needs no globs, no hub, no single files, no volumes and no kernels of WebGPU', async () => {
  const files = await loadedWith('cli/commands/segment.ts')
  for (const file of ['cli/segment/run.ts', 'adzus/adzus.ts', 'output/registry.ts', 'foreground/auto.ts']) assert.ok(files.has(file), file)
  const needless =
    /^(tinyglobby$|checkpoint\/(forms|ldm|combined)|checkpoint\/hub\/(files|hub|http)|shaders\/|tensor\/webgpu\/kernels|tensor\/dry\.|cli\/(walk|volume\/run|volume\/sink|commands\/(?!segment)))/
  assert.deepEqual(
    [...files].filter((file) => needless.test(file)),
    [],
  )
})

test('the embedded model takes far less than what is plenty for it', async () => {
  const { weights, peak, largest } = await Adzus.estimate(embeddedModel(), { kind: 'cpu', maxTensorBytes: PLENTY.tensor })
  assert.ok(weights > 0 && weights + peak < PLENTY.memory / 4, `${weights} + ${peak}`)
  assert.ok(largest.bytes < PLENTY.tensor / 4, `${largest.bytes}`)
})

test('only the defaults fit without asking', () => {
  const device = { maxTensorBytes: PLENTY.tensor }
  assert.ok(surelyFits(device, {}, {}))
  assert.ok(surelyFits(device, { dtype: 'f32' }, { size: undefined }))
  assert.ok(!surelyFits({ maxTensorBytes: PLENTY.tensor - 1 }, {}, {}))
  assert.ok(!surelyFits(device, { vae: 'other' }, {}))
  assert.ok(!surelyFits(device, { base: 'other' }, {}))
  for (const choices of [{ size: [256, 256] as [number, number] }, { batch: 1 }, { grid: 64 }, { heads: [0] }])
    assert.ok(!surelyFits(device, {}, choices), JSON.stringify(choices))
})
