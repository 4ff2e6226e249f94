/**
 * What the expressions of a prompt's text come to, and how a value is printed.
 *
 * Owns: paths, `../`, `@` variables, comparisons. Never: makes a message. Only own properties that are data are read.
 */
import { isBuilt } from './built.ts'
import type { Expression, PathExpression, Test } from './template.ts'

/** Where an expression is evaluated. A block that changes `this` opens a frame that `../` leaves again. */
export interface Frame {
  readonly context: unknown
  readonly above: Frame | undefined
  readonly names: ReadonlyMap<string, unknown>
  readonly data: Data
}
export interface Data {
  readonly values: Readonly<Record<string, unknown>>
  readonly above: Data | undefined
}

export function rootFrame(context: unknown): Frame {
  return { context, above: undefined, names: new Map(), data: { values: { root: context }, above: undefined } }
}

/** The frame of a block's inside. */
export function within(frame: Frame, context: unknown, data: Data, names: readonly string[], named: readonly unknown[]): Frame {
  const own = names.length === 0 ? frame.names : new Map([...frame.names, ...names.map((name, at): [string, unknown] => [name, named[at]])])
  // As in Handlebars: `../` leaves only blocks that changed what `this` is.
  return { context, above: context === frame.context ? frame.above : frame, names: own, data }
}

/** The value of an expression. */
export function evaluate(expression: Expression, frame: Frame): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'path':
      return pathValue(expression, frame)
    case 'lookup':
      return property(evaluate(expression.of, frame), printed(evaluate(expression.key, frame)))
    case 'json': {
      const indent = expression.indent === undefined ? 0 : Number(evaluate(expression.indent, frame))
      return jsonText(evaluate(expression.of, frame), indent)
    }
  }
}

function pathValue({ from, up, scoped, parts }: PathExpression, frame: Frame): unknown {
  const [first, ...rest] = parts
  if (from === 'data') {
    let data: Data | undefined = frame.data
    for (let level = 0; level < up; level += 1) data = data?.above
    return first === undefined ? undefined : rest.reduce(property, property(data?.values, first))
  }
  if (!scoped && first !== undefined && frame.names.has(first)) return rest.reduce(property, frame.names.get(first))
  let around: Frame | undefined = frame
  for (let level = 0; level < up; level += 1) around = around?.above
  return parts.reduce(property, around?.context)
}

/** An own property that is data. */
function property(of: unknown, name: string): unknown {
  if (of === undefined || of === null || !Object.hasOwn(Object(of), name)) return undefined
  const value: unknown = Reflect.get(Object(of), name)
  return typeof value === 'function' ? undefined : value
}

/** Whether the condition of an `{{#if}}` holds. */
export function holds(test: Test, frame: Frame): boolean {
  if (test.kind === 'equal') return (evaluate(test.left, frame) === evaluate(test.right, frame)) !== test.not
  const value = evaluate(test.value, frame)
  const no = (!test.includeZero && !value) || isEmpty(value)
  return no === test.not
}

/** What `{{#if}}` and `{{#with}}` take for nothing. */
export function isEmpty(value: unknown): boolean {
  return (!value && value !== 0) || (Array.isArray(value) && value.length === 0)
}

/** What `#each` goes through: keys and values. */
export function itemsOf(value: unknown): [unknown, unknown][] {
  if (value === null || typeof value !== 'object') return []
  if (Array.isArray(value)) return value.map((item, index) => [index, item])
  if (value instanceof Map) return [...value]
  if (value instanceof Set) return [...value].map((item, index) => [index, item])
  return Object.entries(value)
}

/** The text a value is printed as. */
export function printed(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'object':
      if (value === null) return ''
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString()
      return isBuilt(value) ? value.text : jsonText(value, 0)
    default:
      return ''
  }
}

/** JSON, with a readable form for what JSON lacks. */
function jsonText(value: unknown, indent: number): string {
  return JSON.stringify(value, (_key, item: unknown) => plain(item), indent) ?? ''
}

function plain(item: unknown): unknown {
  if (typeof item === 'bigint') return item.toString()
  if (item instanceof Map) return Object.fromEntries(item)
  if (item instanceof Set) return [...item]
  if (item instanceof Uint8Array) return Buffer.from(item).toString('base64')
  return item
}
