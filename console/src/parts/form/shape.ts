/**
 * A JSON schema as a form sees it: what kind of field it takes, what it begins with, and what is wrong with a value.
 *
 * Owns: that reading. Never: the last word; the server holds every answer against the schema itself.
 */
import { isRecord } from '../../api/client.ts'

export type Shape =
  | { readonly kind: 'choice'; readonly choices: readonly unknown[] }
  | { readonly kind: 'fixed'; readonly value: unknown }
  | { readonly kind: 'yes-no' }
  | { readonly kind: 'text'; readonly least: number; readonly most: number; readonly pattern?: string }
  | { readonly kind: 'number'; readonly whole: boolean; readonly least: number; readonly most: number; readonly above: number }
  | { readonly kind: 'list'; readonly item: Shape; readonly least: number; readonly most: number }
  | { readonly kind: 'object'; readonly fields: readonly FieldShape[] }
  | { readonly kind: 'one-of'; readonly options: readonly { readonly title: string; readonly shape: Shape }[] }
  /** Anything: written as JSON. */
  | { readonly kind: 'any' }

export interface FieldShape {
  readonly name: string
  readonly shape: Shape
  readonly needed: boolean
  readonly about?: string
}

/** Stands for JSON that is not finished. */
export const UNREADABLE = Symbol('unreadable')

type Schema = Readonly<Record<string, unknown>>

const DEEPEST = 12

/** What kind of field a schema takes. */
export function shapeOf(schema: unknown, root: unknown = schema, depth = 0): Shape {
  if (!isRecord(schema) || depth > DEEPEST) return { kind: 'any' }
  if (typeof schema['$ref'] === 'string') return shapeOf(referred(root, schema['$ref']), root, depth + 1)
  if ('const' in schema) return { kind: 'fixed', value: schema['const'] }
  if (Array.isArray(schema['enum'])) return { kind: 'choice', choices: schema['enum'] }
  const options = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(options)) return oneOf(options, root, depth)
  const { type } = schema
  if (Array.isArray(type))
    return oneOf(
      type.map((one: unknown) => ({ ...schema, type: one })),
      root,
      depth,
    )
  return typed(type, schema, root, depth)
}

function typed(type: unknown, schema: Schema, root: unknown, depth: number): Shape {
  switch (type) {
    case 'null':
      return { kind: 'fixed', value: null }
    case 'boolean':
      return { kind: 'yes-no' }
    case 'string': {
      const { pattern } = schema
      const text = {
        kind: 'text',
        least: limit(schema['minLength'], 0),
        most: limit(schema['maxLength'], Number.POSITIVE_INFINITY),
      } as const
      return typeof pattern === 'string' ? { ...text, pattern } : text
    }
    case 'number':
    case 'integer':
      return {
        kind: 'number',
        whole: type === 'integer',
        least: limit(schema['minimum'], Number.NEGATIVE_INFINITY),
        most: limit(schema['maximum'], Number.POSITIVE_INFINITY),
        above: limit(schema['exclusiveMinimum'], Number.NEGATIVE_INFINITY),
      }
    case 'array':
      return {
        kind: 'list',
        item: shapeOf(schema['items'], root, depth + 1),
        least: limit(schema['minItems'], 0),
        most: limit(schema['maxItems'], Number.POSITIVE_INFINITY),
      }
    case 'object':
      return objectShape(schema, root, depth)
    default:
      return { kind: 'any' }
  }
}

function objectShape(schema: Schema, root: unknown, depth: number): Shape {
  const { properties, required } = schema
  if (!isRecord(properties)) return { kind: 'any' }
  const fields = Object.entries(properties).map(([name, field]): FieldShape => {
    const about = isRecord(field) && typeof field['description'] === 'string' ? field['description'] : undefined
    return {
      name,
      shape: shapeOf(field, root, depth + 1),
      needed: Array.isArray(required) && required.includes(name),
      ...(about !== undefined && { about }),
    }
  })
  return { kind: 'object', fields }
}

function oneOf(options: readonly unknown[], root: unknown, depth: number): Shape {
  const shapes = options.map((option) => shapeOf(option, root, depth + 1))
  const [only] = shapes
  if (shapes.length === 1 && only !== undefined) return only
  if (shapes.every((shape) => shape.kind === 'fixed')) return { kind: 'choice', choices: shapes.map(({ value }) => value) }
  return { kind: 'one-of', options: shapes.map((shape, index) => ({ title: titleOf(options[index], shape), shape })) }
}

/** What an option is called: by its schema, or by what tells it from the others. */
function titleOf(schema: unknown, shape: Shape): string {
  if (isRecord(schema) && typeof schema['title'] === 'string') return schema['title']
  if (shape.kind === 'fixed') return shape.value === null ? 'nothing' : String(shape.value)
  if (shape.kind !== 'object')
    return { choice: 'choice', 'yes-no': 'yes or no', text: 'text', number: 'number', list: 'list', 'one-of': 'other', any: 'JSON' }[
      shape.kind
    ]
  const told = shape.fields
    .filter((field) => field.shape.kind === 'fixed')
    .map(({ name, shape: { ...field } }) => ('value' in field ? `${name}: ${String(field.value)}` : name))
  return told.length > 0 ? told.join(', ') : shape.fields.map(({ name }) => name).join(', ')
}

/** What a form begins with when there is nothing to edit. `undefined`: still to be said. */
export function blank(shape: Shape): unknown {
  switch (shape.kind) {
    case 'fixed':
      return shape.value
    case 'text':
      return ''
    case 'list':
      return []
    case 'object':
      return Object.fromEntries(shape.fields.filter(({ needed }) => needed).map((field) => [field.name, blank(field.shape)]))
    case 'one-of': {
      const [first] = shape.options
      return first === undefined ? undefined : blank(first.shape)
    }
    default:
      return undefined
  }
}

/** What is wrong with a value, by its place (`lines.0.amount`, `''` for the whole); nothing: it can be sent. */
export function complaints(shape: Shape, value: unknown, place = ''): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const say = (text: string | undefined): ReadonlyMap<string, string> => (text === undefined ? found : found.set(place, text))
  switch (shape.kind) {
    case 'choice':
      return say(value === undefined ? 'Choose one.' : undefined)
    case 'yes-no':
      return say(typeof value === 'boolean' ? undefined : 'Say yes or no.')
    case 'text':
      return say(textComplaint(shape, value))
    case 'number':
      return say(numberComplaint(shape, value))
    case 'list': {
      if (!Array.isArray(value)) return say('This is a list.')
      if (value.length < shape.least) found.set(place, `At least ${shape.least}.`)
      if (value.length > shape.most) found.set(place, `At most ${shape.most}.`)
      value.forEach((item: unknown, index) => {
        for (const [at, text] of complaints(shape.item, item, under(place, String(index)))) found.set(at, text)
      })
      return found
    }
    case 'object': {
      if (!isRecord(value)) return say('This is a group of fields.')
      for (const { name, shape: field, needed } of shape.fields) {
        if (value[name] === undefined && !needed) continue
        for (const [at, text] of complaints(field, value[name], under(place, name))) found.set(at, text)
      }
      return found
    }
    case 'one-of': {
      const each = shape.options.map((option) => complaints(option.shape, value, place))
      return each.some((one) => one.size === 0) ? found : (each[optionOf(shape, value)] ?? found)
    }
    default:
      return say(value === UNREADABLE ? 'This is no JSON yet.' : undefined)
  }
}

/** Which option a value is one of: the one it fits best. */
export function optionOf({ options }: Extract<Shape, { kind: 'one-of' }>, value: unknown): number {
  const misfits = options.map(({ shape }) => distance(shape, value))
  return misfits.indexOf(Math.min(...misfits))
}

export function under(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`
}

function distance(shape: Shape, value: unknown): number {
  if (shape.kind === 'fixed') return shape.value === value ? 0 : 100
  if (shape.kind !== 'object') return complaints(shape, value).size === 0 ? 1 : 50
  if (!isRecord(value)) return 100
  const missing = shape.fields.filter(
    ({ name, needed, shape: field }) => (needed && !(name in value)) || (field.kind === 'fixed' && field.value !== value[name]),
  )
  return missing.length * 10 + Object.keys(value).filter((name) => shape.fields.every((field) => field.name !== name)).length * 10
}

function textComplaint({ least, most, pattern }: Extract<Shape, { kind: 'text' }>, value: unknown): string | undefined {
  if (typeof value !== 'string') return 'This is a text.'
  if (value.length < least) return least === 1 ? 'This must not be empty.' : `At least ${least} characters.`
  if (value.length > most) return `At most ${most} characters.`
  return pattern === undefined || matches(pattern, value) ? undefined : 'This is not of the form that is asked for.'
}

function numberComplaint({ whole, least, most, above }: Extract<Shape, { kind: 'number' }>, value: unknown): string | undefined {
  if (typeof value !== 'number' || Number.isNaN(value)) return 'This is a number.'
  if (whole && !Number.isInteger(value)) return 'This is a whole number.'
  if (value < least) return `At least ${least}.`
  if (value <= above) return `More than ${above}.`
  return value > most ? `At most ${most}.` : undefined
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value)
  } catch {
    return true
  }
}

function limit(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

function referred(root: unknown, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined
  let found: unknown = root
  for (const part of reference.split('/').slice(1))
    found = isRecord(found) ? found[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  return found
}
