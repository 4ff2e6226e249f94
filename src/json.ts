/**
 * The form in which values are journaled: JSON text in which `undefined`, `Date`, `bigint`, bytes, `Map`, `Set`, `NaN`
 * and the infinities survive.
 *
 * Owns: `encode`, `decode`, `fingerprint`. Never: guesses. A value that would come back changed (a function, a symbol,
 * a class instance, a cycle) is refused with the place where it stands.
 * Holes of an array come back as `undefined`, an object without a prototype as a plain one.
 * Form: plain JSON; what JSON lacks is `{"$rondo": kind, "value": …}`; an object that itself has a key `$rondo` is wrapped
 * once, so nothing a user stores can be taken for a tag. Keys keep their order.
 */
import { createHash } from 'node:crypto'
import { RondoError } from './errors.ts'

const TAG = '$rondo'
type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** The journaled text of a value. Throws `not_serialisable`, naming the place, for what could not come back the same. */
export function encode(value: unknown): string {
  return isPlain(value) ? JSON.stringify(value) : JSON.stringify(lower(value, '', []))
}

/** The value again, equal in every type `encode` accepts. */
export function decode(text: string): unknown {
  const parsed: Json = JSON.parse(text)
  return text.includes(TAG) ? raise(parsed) : parsed
}

/** sha256 (hex) of a value regardless of the order of its keys: "the same input". */
export function fingerprint(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(lower(value, '', []))))
    .digest('hex')
}

/** The fingerprint of a value, or `undefined` of one that has none because it is no plain data. */
export function printed(value: unknown): string | undefined {
  try {
    return fingerprint(value)
  } catch {
    return undefined
  }
}

/** The common small case, which needs no copy: null, booleans, finite numbers and strings. */
function isPlain(value: unknown): boolean {
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0))
  )
}

function lower(value: unknown, place: string, above: object[]): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'undefined':
      return { [TAG]: 'undefined' }
    case 'bigint':
      return { [TAG]: 'bigint', value: value.toString() }
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { [TAG]: 'number', value: Object.is(value, -0) ? '-0' : String(value) }
    case 'object':
      return value === null ? null : lowerObject(value, place, above)
    default:
      throw refused(typeof value === 'function' ? 'a function' : 'a symbol', place)
  }
}

/** `above` holds the objects around this one, and is left as it was found. */
function lowerObject(value: object, place: string, above: object[]): Json {
  if (above.includes(value)) throw refused('a cycle', place)
  above.push(value)
  const lowered = lowerInside(value, place, above)
  above.pop()
  return lowered
}

function lowerInside(value: object, place: string, above: object[]): Json {
  if (Array.isArray(value)) return Array.from(value, (item, index) => lower(item, `${place}[${index}]`, above))
  const prototype: unknown = Object.getPrototypeOf(value)
  const exactly = (kind: { readonly prototype: object }): boolean => prototype === kind.prototype
  if (prototype === null || exactly(Object)) return lowerFields(value, place, above)
  if (value instanceof Date && exactly(Date)) return { [TAG]: 'date', value: isoOf(value) }
  if (value instanceof Map && exactly(Map)) return { [TAG]: 'map', value: lower([...value], place, above) }
  if (value instanceof Set && exactly(Set)) return { [TAG]: 'set', value: lower([...value], place, above) }
  if (value instanceof Uint8Array && exactly(Uint8Array)) return { [TAG]: 'bytes', value: base64Of(value) }
  if (value instanceof Uint8Array && exactly(Buffer)) return { [TAG]: 'buffer', value: base64Of(value) }
  throw refused(`an instance of ${value.constructor?.name ?? 'a class'}`, place)
}

function lowerFields(value: object, place: string, above: object[]): Json {
  if (Object.getOwnPropertySymbols(value).length > 0) throw refused('an object with a symbol as key', place)
  const copy: { [key: string]: Json } = Object.fromEntries(
    Object.entries(value).map(([key, item]): [string, Json] => [key, lower(item, place === '' ? key : `${place}.${key}`, above)]),
  )
  return Object.hasOwn(copy, TAG) ? { [TAG]: 'object', value: copy } : copy
}

function isoOf(date: Date): string | null {
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

function refused(what: string, place: string): RondoError {
  return new RondoError(
    'not_serialisable',
    `The journal cannot keep ${what}${place === '' ? '' : ` (at "${place}")`}: it would not come back the same. Return plain data: objects, arrays, strings, numbers, Date, bigint, Uint8Array, Buffer, Map, Set.`,
    { details: { place }, terminal: true },
  )
}

function raise(json: Json): unknown {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map(raise)
  if (!Object.hasOwn(json, TAG)) return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, raise(item)]))
  return raiseTagged(String(json[TAG]), json.value ?? null)
}

function raiseTagged(kind: string, value: Json): unknown {
  switch (kind) {
    case 'undefined':
      return undefined
    case 'bigint':
      return BigInt(String(value))
    case 'number':
      return Number(value)
    case 'date':
      return new Date(value === null ? Number.NaN : String(value))
    case 'bytes':
      return new Uint8Array(Buffer.from(String(value), 'base64'))
    case 'buffer':
      return Buffer.from(String(value), 'base64')
    case 'map':
      return new Map(
        (Array.isArray(value) ? value : []).map((pair): [unknown, unknown] =>
          Array.isArray(pair) ? [raise(pair[0] ?? null), raise(pair[1] ?? null)] : [undefined, undefined],
        ),
      )
    case 'set':
      return new Set((Array.isArray(value) ? value : []).map(raise))
    default:
      return value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, raise(item)]))
        : value
  }
}

function sorted(json: Json): Json {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map(sorted)
  return Object.fromEntries(
    Object.keys(json)
      .sort()
      .map((key): [string, Json] => [key, sorted(json[key] ?? null)]),
  )
}
