/**
 * @file A checker of JSON Schema (2020-12) for the keywords that `schema/` uses; any other keyword
 * is an error.
 */
export interface Schema {
  [keyword: string]: unknown
}

type Check = (value: unknown, wanted: never, schema: Schema, root: Schema, path: string) => string[]

const TYPES: Record<string, (value: unknown) => boolean> = {
  object: (v) => typeof v === 'object' && v !== null && !Array.isArray(v),
  array: Array.isArray,
  string: (v) => typeof v === 'string',
  boolean: (v) => typeof v === 'boolean',
  number: Number.isFinite,
  integer: Number.isInteger,
}

const fault = (holds: boolean, path: string, text: string) => (holds ? [] : [`${path}: ${text}`])
const isObject = TYPES['object'] as (value: unknown) => value is Record<string, unknown>

const KEYWORDS: Record<string, Check> = {
  type: (v, type: string, _, __, path) => fault(TYPES[type](v), path, `expected ${type}, got ${JSON.stringify(v)}`),
  const: (v, wanted: unknown, _, __, path) => fault(v === wanted, path, `expected ${wanted}, got ${JSON.stringify(v)}`),
  enum: (v, list: unknown[], _, __, path) => fault(list.includes(v), path, `expected one of ${list}, got ${JSON.stringify(v)}`),
  pattern: (v, pattern: string, _, __, path) => fault(new RegExp(pattern, 'u').test(v as string), path, `expected ${pattern}, got ${v}`),
  minimum: (v, least: number, _, __, path) => fault((v as number) >= least, path, `${v} is below ${least}`),
  maximum: (v, most: number, _, __, path) => fault((v as number) <= most, path, `${v} is above ${most}`),
  minLength: (v, least: number, _, __, path) => fault((v as string).length >= least, path, 'too short'),
  minItems: (v, least: number, _, __, path) => fault((v as unknown[]).length >= least, path, 'too few items'),
  maxItems: (v, most: number, _, __, path) => fault((v as unknown[]).length <= most, path, 'too many items'),
  items: (v, of: Schema, _, root, path) => (v as unknown[]).flatMap((item, i) => faultsOf(item, of, root, `${path}/${i}`)),
  required: (v, names: string[], _, __, path) => names.flatMap((name) => fault(isObject(v) && name in v, path, `${name} is missing`)),
  properties: (v, of: Record<string, Schema>, _, root, path) =>
    Object.entries(of).flatMap(([name, schema]) => (isObject(v) && name in v ? faultsOf(v[name], schema, root, `${path}/${name}`) : [])),
  additionalProperties: (v, of: Schema | false, schema, root, path) =>
    Object.entries(v as object)
      .filter(([name]) => !Object.hasOwn((schema['properties'] as object) ?? {}, name))
      .flatMap(([name, value]) => (of === false ? [`${path}: ${name} is not described`] : faultsOf(value, of, root, `${path}/${name}`))),
  oneOf: (v, schemas: Schema[], _, root, path) => {
    const faults = schemas.map((schema) => faultsOf(v, schema, root, path))
    return faults.filter((list) => list.length === 0).length === 1 ? [] : [`${path}: not one of its forms`, ...faults.flat()]
  },
  $ref: (v, ref: string, _, root, path) => faultsOf(v, (root['$defs'] as Record<string, Schema>)[ref.replace('#/$defs/', '')], root, path),
}
const ANNOTATIONS = ['$schema', '$defs', 'title', 'description']

/** What of a value does not agree with a schema; nothing where all does. */
export function faultsOf(value: unknown, schema: Schema, root = schema, path = ''): string[] {
  const { type } = schema
  // The other keywords presume the type.
  if (typeof type === 'string' && !TYPES[type](value)) return KEYWORDS['type'](value, type as never, schema, root, path)
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    if (ANNOTATIONS.includes(keyword)) return []
    if (!Object.hasOwn(KEYWORDS, keyword)) return [`${path}: the checker does not know ${keyword}`]
    return KEYWORDS[keyword](value, wanted as never, schema, root, path)
  })
}
