/** @file Configurations that make no sense are refused, field by field, before anything is loaded or counted through; those at the ends of what makes sense are read. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { readDefaults } from '../src/adzus/defaults.ts'
import { Config } from '../src/checkpoint/config.ts'
import { memoryFiles } from '../src/checkpoint/files.ts'
import { AdzusError } from '../src/errors.ts'
import { quoted, shortened } from '../src/messages.ts'
import { NoiseSchedule } from '../src/scheduler/schedule.ts'
import { readClipConfig } from '../src/text/clip.ts'
import { readUNetConfig } from '../src/unet/config.ts'
import { readVaeConfig } from '../src/vae/config.ts'
import { NARROW } from './support/pipelines.ts'

type Fields = Record<string, unknown>

const DEEP = 'deep'
const NESTED = `${'['.repeat(5000)}${']'.repeat(5000)}`

/** Changes to a configuration, each refused by the name of its first field; and others that are read. */
function refuses(base: object, read: (config: Config) => unknown, wrong: readonly Fields[], right: readonly Fields[]): void {
  for (const change of right) read(new Config('c.json', { ...base, ...change }))
  for (const change of wrong) {
    const [field] = Object.keys(change)
    // Through text, as they come: 1e400 is Infinity there, and 5,000 lists in each other are nothing that JSON.stringify writes.
    const text = JSON.stringify({ ...base, ...change })
      .replace(/"(1e\d+)"/g, '$1')
      .replace(`"${DEEP}"`, NESTED)
    assert.throws(
      () => read(Config.parse('c.json', text)),
      (error) => {
        assert.ok(error instanceof AdzusError, String(error))
        assert.match(error.message, new RegExp(`^config \\(${field} in c\\.json\\): expected`), JSON.stringify(change))
        assert.ok(error.message.length < 2000, `${error.message.length} characters`)
        return true
      },
    )
  }
}

const levels = (field: string, value: unknown): Fields => ({ [field]: value })

test('VAE', () => {
  const numbers = ['scaling_factor', 'shift_factor'].flatMap((f) => ['1e39', '1e400', '2', [1], {}, DEEP].map((v) => levels(f, v)))
  const counts = ['norm_num_groups', 'latent_channels', 'in_channels', 'out_channels', 'layers_per_block'].flatMap((f) =>
    [0, -1, 1.5, 1e9, '1e400', true].map((v) => levels(f, v)),
  )
  const wrong = [
    ...numbers,
    ...counts,
    { scaling_factor: 0 },
    { scaling_factor: -0.18215 },
    { scaling_factor: 1e-30 },
    { latents_std: [1, 0, 1, 1] },
    { latents_std: [1, -1, 1, 1] },
    { latents_std: [1, '1e400', 1, 1] },
    { latents_mean: [1, '1e400', 1, 1] },
    { latents_std: Array(1e5).fill(1) },
    { block_out_channels: [] },
    { block_out_channels: Array(1000).fill(32) },
    { block_out_channels: [32, 0] },
    { block_out_channels: [32, 1e9] },
    { use_quant_conv: 'yes' },
    { act_fn: 'x'.repeat(1e6) },
  ]
  refuses(NARROW.sd1.vae, readVaeConfig, wrong, [
    { scaling_factor: 1 },
    { shift_factor: -0.1 },
    { latents_std: [1, 2, 3, 4], latents_mean: [-1, 0, 1, 2] },
  ])
})

test('UNet', () => {
  const none = { down_block_types: [], up_block_types: [] }
  const counts = ['attention_head_dim', 'layers_per_block', 'cross_attention_dim', 'block_out_channels'].flatMap((f) =>
    [0, -1, 1e9, 0.5, [1], [32, 64, 64, 0], '1e400', DEEP].map((v) => levels(f, v)),
  )
  const single = ['norm_num_groups', 'in_channels', 'out_channels', 'sample_size'].flatMap((f) =>
    [0, -1, 1e9, 0.5, '1e400', DEEP].map((v) => levels(f, v)),
  )
  const wrong = [
    ...counts,
    ...single,
    none,
    { down_block_types: Array(1e5).fill('DownBlock2D') },
    { down_block_types: ['x'.repeat(1e6)] },
    { transformer_layers_per_block: 1e9 },
    { transformer_layers_per_block: [1, 1, 1, -1] },
    { transformer_layers_per_block: 0 },
    { transformer_layers_per_block: [1, 1, 1, 0] },
    { reverse_transformer_layers_per_block: 1e9 },
    { norm_eps: 0 },
    { norm_eps: -1e-5 },
    { norm_eps: 1000 },
    { norm_eps: '1e400' },
    { freq_shift: -1 },
    { freq_shift: 16 },
    { freq_shift: '1e400' },
    { downsample_padding: 2 },
    { sample_size: [64, 64, 64] },
    { sample_size: [] },
    { flip_sin_to_cos: 1 },
    { block_out_channels: [33, 33, 33, 33], norm_num_groups: 33, attention_head_dim: 33 },
  ]
  refuses(NARROW.sd1.unet, readUNetConfig, wrong, [
    { sample_size: [64, 64] },
    { freq_shift: 1 },
    { downsample_padding: 0 },
    { norm_eps: 1e-6 },
  ])
  refuses(
    NARROW.sdxl.unet,
    readUNetConfig,
    [
      { addition_time_embed_dim: 0 },
      { addition_time_embed_dim: 15 },
      { addition_time_embed_dim: 1e9 },
      { projection_class_embeddings_input_dim: 6 * 16 },
      { projection_class_embeddings_input_dim: 1e9 },
    ],
    [{ projection_class_embeddings_input_dim: 6 * 16 + 1 }],
  )
})

test('text encoder', () => {
  const counts = [
    'vocab_size',
    'hidden_size',
    'intermediate_size',
    'num_hidden_layers',
    'num_attention_heads',
    'max_position_embeddings',
    'projection_dim',
  ]
  const wrong = [
    ...counts.flatMap((f) => [0, -1, 0.5, 1e9, '1e400', DEEP, '64'].map((v) => levels(f, v))),
    { num_attention_heads: 7 },
    { layer_norm_eps: 0 },
    { layer_norm_eps: -1 },
    { layer_norm_eps: 1 },
    { eos_token_id: -1 },
    { eos_token_id: 1e9 },
    { hidden_act: 'constructor' },
    { hidden_act: 'x'.repeat(1e6) },
  ]
  refuses(NARROW.sd1.text['text_encoder'], readClipConfig, wrong, [{ eos_token_id: 2 }, { num_hidden_layers: 32 }])
})

test('schedule', () => {
  const betas = (n: number, value: unknown) => Array(1000).fill(0.001).with(n, value)
  const wrong = [
    ...[0, 1, -1, 1e9, 0.5, '1e400'].map((v) => levels('num_train_timesteps', v)),
    ...['beta_start', 'beta_end'].flatMap((f) => [0, 1, -0.1, 50, '1e400', '0.1'].map((v) => levels(f, v))),
    { beta_end: 0.0001, beta_start: 0.012 },
    { trained_betas: [0.1, 0.2, 0.3] },
    { trained_betas: [] },
    { trained_betas: betas(999, 1) },
    { trained_betas: betas(0, 0) },
    { trained_betas: betas(500, -0.1) },
    { trained_betas: betas(500, '1e400') },
    { beta_schedule: 'sigmoid' },
    { beta_schedule: 'linear', beta_start: 1e-12, beta_end: 1e-12 },
    { beta_schedule: 'linear', beta_start: 0.9, beta_end: 0.99 },
    { prediction_type: 'flow_prediction' },
    { timestep_spacing: 'karras' },
    { timestep_spacing: 'x'.repeat(1e6) },
    { steps_offset: 1000 },
    { steps_offset: -1 },
    { set_alpha_to_one: 1 },
    { rescale_betas_zero_snr: 'no' },
  ]
  refuses({}, (config) => new NoiseSchedule(config), wrong, [
    { trained_betas: betas(0, 0.002) },
    { timestep_spacing: 'trailing', prediction_type: 'v_prediction', rescale_betas_zero_snr: true },
    { beta_schedule: 'squaredcos_cap_v2', num_train_timesteps: 4000 },
    { beta_start: 0.01, beta_end: 0.01 },
  ])
  const zero = new NoiseSchedule(new Config('c', { rescale_betas_zero_snr: true }))
  assert.throws(() => zero.predictedOriginal(999), /expected one with a share of signal.*got 999/)
})

test('adzus.json', async () => {
  const read = (fields: string) => readDefaults(memoryFiles('model', new Map([['adzus.json', fields]])), 256)
  const wrong: [string, string][] = [
    ['thresholds', '[1e400]'],
    ['thresholds', '[0.4, 0]'],
    ['thresholds', '[-1]'],
    ['thresholds', '[]'],
    ['thresholds', `[${Array(1e5).fill(0.4)}]`],
    ['thresholds', '["0.4"]'],
    ['size', '[256, 256, 256]'],
    ['size', '[]'],
    ['size', '0'],
    ['size', '1e9'],
    ['size', '256.5'],
    ['timesteps', '[]'],
    ['timesteps', '1e9'],
    ['timesteps', '[-1]'],
    ['anchors', '1'],
    ['anchors', '1e9'],
    ['layers', '[]'],
    ['layers', '"up_blocks"'],
    ['layers', '[3]'],
  ]
  for (const [field, value] of wrong)
    await assert.rejects(read(`{"${field}":${value}}`), new RegExp(`config \\(${field} in model/adzus\\.json\\)`), `${field} ${value}`)
  assert.deepEqual((await read('{"size":[256,128],"thresholds":[0.4]}')).size, [256, 128])
  assert.deepEqual((await read('{"layers":["mid_block","up_blocks"]}')).layers, ['mid_block', 'up_blocks'])
  assert.equal((await read('{}')).layers, null)
})

test('a range in words', () => {
  const config = new Config('c', { n: 0 })
  assert.throws(() => config.number('n', 1, { above: 0 }), /expected a number above 0, got 0/)
  assert.throws(() => config.number('n', 1, { above: 0, to: 5 }), /expected a number above 0 and up to 5, got 0/)
  assert.throws(() => config.number('n', 1, { above: 0, below: 1 }), /expected a number above 0 and below 1, got 0/)
  assert.throws(() => config.int('n', 1, { from: 1, to: 5 }), /expected a whole number from 1 to 5, got 0/)
  assert.throws(() => config.int('n', 1, { from: 1, below: 5 }), /expected a whole number from 1 and below 5, got 0/)
})

test('what is quoted is short, however large or deep', () => {
  const deep = JSON.parse(NESTED)
  assert.equal(quoted({ a: [1, -0, null, 'x'], b: undefined }), '{"a":[1,0,null,"x"],"b":undefined}')
  assert.equal(quoted(Infinity), 'Infinity')
  for (const value of [deep, Array(1e6).fill('x'), 'x'.repeat(1e6), { ['x'.repeat(1e6)]: 1 }, [[deep, deep], deep]])
    assert.ok(quoted(value).length < 2000, `${quoted(value).length}`)
  assert.equal(shortened('x'.repeat(600)), 'x'.repeat(600))
  assert.match(shortened(`a${'x'.repeat(1000)}z`), /^ax+ … \(\d+ more characters\) … x+z$/)
  const long = new AdzusError({
    what: 'x'.repeat(1e6),
    where: 'w'.repeat(1e6),
    expected: 'e'.repeat(1e6),
    got: 'g'.repeat(1e6),
    hint: 'h'.repeat(1e6),
  })
  assert.ok(long.message.length < 3200, `${long.message.length}`)
  assert.ok(long.failure.got.length <= 600)
})
