/** @file The settings as a command and as code: what anybody may paste to get the same files. */
import type { Foreground } from 'adzus'
import type { ModelSource } from '../../engine/calls.ts'
import type { Settings } from '../../settings.ts'

type Chosen = Pick<Settings, 'look' | 'question' | 'backend'> & { source: ModelSource }

/** The options of `adzus.segment` that were chosen; those behind the networks win. */
export function chosenOptions({ look, question }: Pick<Settings, 'look' | 'question'>): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...look, ...question }).filter(([, value]) => value !== undefined))
}

/**
 * A command for a shell of Unix or PowerShell.
 * @param input the picture's name
 * @param save what is saved, by name; nothing for the defaults
 */
export function asCommand(chosen: Chosen, input: string, save: readonly string[] = []): string {
  const words = ['adzus', 'segment', quoted(input)]
  const model = modelName(chosen.source)
  if (model !== undefined) words.push('--model', quoted(model))
  if (chosen.backend !== 'auto') words.push('--backend', chosen.backend)
  for (const [name, value] of Object.entries(chosenOptions(chosen))) words.push(...optionWords(name, value))
  if (save.length > 0) words.push('--save', save.join(','))
  return words.join(' ')
}

/** A module for Node. */
export function asCode(chosen: Chosen, input: string): string {
  const model = modelName(chosen.source)
  const load = chosen.backend === 'auto' ? '' : `, { backend: '${chosen.backend}' }`
  const name = model === undefined ? (load ? 'undefined' : '') : text(model)
  const options = chosenOptions(chosen)
  const given = Object.keys(options).length > 0 ? `, ${literal(options)}` : ''
  return `import { readFile } from 'node:fs/promises'
import { Adzus } from 'adzus'

const adzus = await Adzus.load(${name}${load})
const { labels, mask, segments } = await adzus.segment(await readFile(${text(input)})${given})
await adzus.dispose()
`
}

/** Where the model lies; of files from a disk only the name is known. */
function modelName(source: ModelSource): string | undefined {
  if (source.kind === 'embedded') return undefined
  if (source.kind === 'hub') return source.id
  return source.files[0].path.split('/')[0]
}

/** An option as the command line takes it. */
function optionWords(name: string, value: unknown): string[] {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  if (value === true) return [flag]
  if (value === false) return name === 'fillHoles' ? ['--no-fill-holes'] : []
  return [flag, quoted(valueText(name, value))]
}

function valueText(name: string, value: unknown): string {
  if (name === 'foreground') return foregroundText(value as Foreground)
  if (name === 'weights') return weightsText(value as Record<string, Record<string, number>>)
  if (name === 'size' && Array.isArray(value)) return value.join('x')
  if (name === 'window' && typeof value === 'object' && value !== null && 'percentiles' in value)
    return (value.percentiles as number[]).map((share) => `p${share}`).join(',')
  return Array.isArray(value) ? value.join(',') : String(value)
}

function foregroundText(rule: Foreground): string {
  if (typeof rule === 'string') return rule
  if ('text' in rule) return `text=${rule.text}`
  const { point, points = point ? [point] : [], background = [], box } = rule
  const clicks = [...points.map((place) => place.join(',')), ...background.map((place) => `-${place.join(',')}`)]
  return [clicks.length > 0 && `point=${clicks.join(';')}`, box && `box=${box.join(',')}`].filter(Boolean).join(';')
}

/** What each resolution, layer and head counts: `32=2,up_blocks.3=0.5,head1=0`. */
function weightsText({ resolutions = {}, layers = {}, heads = {} }: Record<string, Record<string, number>>): string {
  const pairs = (list: Record<string, number>, prefix = '') => Object.entries(list).map(([key, share]) => `${prefix}${key}=${share}`)
  return [...pairs(resolutions), ...pairs(layers), ...pairs(heads, 'head')].join(',')
}

/** Quoted where a shell would take it apart. */
function quoted(word: string): string {
  return /^[\w@%+:,./=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

const text = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`

/** A value as a person would write it in TypeScript. */
function literal(value: unknown): string {
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const name = (key: string) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : text(key))
  return `{ ${Object.entries(value)
    .map(([key, one]) => `${name(key)}: ${literal(one)}`)
    .join(', ')} }`
}
