/**
 * Values of a journal, for people and for programs.
 *
 * For people: an outline of lines, text as it is. For programs: the journal's own JSON, in which what JSON lacks stands as
 * `{"$rondo": kind, "value": …}`; the same form is understood wherever the command line takes a value.
 */
import { decode } from '../json.ts'
import { cut, oneLine, plain } from './text.ts'

/** A value as an outline: `key: value` lines, `- ` for items, indented text for what has several lines. */
export function outline(value: unknown): string[] {
  if (!isBranch(value)) return plain(leaf(value)).split('\n')
  if (isList(value)) {
    const items = [...value]
    return items.length === 0 ? ['(none)'] : items.flatMap((item) => nested('- ', item))
  }
  const entries =
    value instanceof Map ? [...value.entries()].map(([key, item]): [string, unknown] => [String(key), item]) : Object.entries(value)
  return entries.length === 0 ? ['(nothing)'] : entries.flatMap(([key, item]) => named(oneLine(key), item))
}

function named(key: string, value: unknown): string[] {
  const lines = outline(value)
  if (!isBranch(value) && lines.length === 1) return [`${key}: ${lines[0]}`]
  if (isBranch(value) && lines.length === 1 && lines[0]?.startsWith('(')) return [`${key}: ${lines[0]}`]
  return [`${key}:`, ...lines.map((line) => `  ${line}`)]
}

function nested(mark: string, value: unknown): string[] {
  return outline(value).map((line, index) => (index === 0 ? mark : '  ') + line)
}

/** A value on one line of at most `columns`. */
export function inline(value: unknown, columns: number): string {
  return cut(oneLine(typeof value === 'string' ? value : compact(value)), columns)
}

function compact(value: unknown): string {
  if (!isBranch(value)) return typeof value === 'string' ? JSON.stringify(value) : leaf(value)
  if (isList(value)) return `[${[...value].map(compact).join(', ')}]`
  const entries: [unknown, unknown][] = value instanceof Map ? [...value.entries()] : Object.entries(value)
  return entries.length === 0 ? '{}' : `{ ${entries.map(([key, item]) => `${String(key)}: ${compact(item)}`).join(', ')} }`
}

function isBranch(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !(value instanceof Date) && !(value instanceof Uint8Array)
}

function isList(value: object): value is readonly unknown[] | ReadonlySet<unknown> {
  return Array.isArray(value) || value instanceof Set
}

function leaf(value: unknown): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`
  if (value === undefined) return '(nothing)'
  return String(value)
}

/** A value of the journal as JSON that programs read: parsed, not decoded, so that nothing of it is lost. */
export function asJson(encoded: string | undefined): unknown {
  return encoded === undefined ? undefined : JSON.parse(encoded)
}

export function decoded(encoded: string | undefined): unknown {
  return encoded === undefined ? undefined : decode(encoded)
}
