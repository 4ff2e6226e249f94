/**
 * Values on the wire: JSON, in which what JSON lacks is tagged as the journal tags it: `{"$rondo": "date", "value": …}`.
 *
 * Owns: both directions, for browsers and every other place that has `fetch`: nothing of Node is used. The server's own is src/json.ts;
 * the tests hold the two against each other.
 */

const TAG = '$rondo'

/** A value as JSON that the server reads back as the same. Functions, symbols and instances of classes are refused. */
export function toWire(value: unknown): unknown {
  switch (typeof value) {
    case 'undefined':
      return { [TAG]: 'undefined' }
    case 'bigint':
      return { [TAG]: 'bigint', value: value.toString() }
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value
      return { [TAG]: 'number', value: Object.is(value, -0) ? '-0' : String(value) }
    case 'object':
      return value === null ? null : objectToWire(value)
    case 'function':
    case 'symbol':
      throw new TypeError(`A ${typeof value} cannot be sent.`)
    default:
      return value
  }
}

function objectToWire(value: object): unknown {
  if (Array.isArray(value)) return Array.from(value, toWire)
  if (value instanceof Date) return { [TAG]: 'date', value: Number.isNaN(value.getTime()) ? null : value.toISOString() }
  if (value instanceof Uint8Array) return { [TAG]: 'bytes', value: btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join('')) }
  if (value instanceof Map) return { [TAG]: 'map', value: toWire([...value.entries()]) }
  if (value instanceof Set) return { [TAG]: 'set', value: toWire([...value.values()]) }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('An instance of a class cannot be sent: send plain data.')
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]): [string, unknown] => [key, toWire(inner)]))
  return Object.hasOwn(copy, TAG) ? { [TAG]: 'object', value: copy } : copy
}

/** The value that JSON from the server stands for. */
export function fromWire(json: unknown): unknown {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map(fromWire)
  if (!(TAG in json)) return Object.fromEntries(Object.entries(json).map(([key, inner]) => [key, fromWire(inner)]))
  return fromTagged(String(json[TAG]), 'value' in json ? json.value : undefined)
}

function fromTagged(kind: string, value: unknown): unknown {
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
      return Uint8Array.from(atob(String(value)), (character) => character.charCodeAt(0))
    case 'map':
      return new Map(listOf(value).map((pair): [unknown, unknown] => [fromWire(listOf(pair)[0]), fromWire(listOf(pair)[1])]))
    case 'set':
      return new Set(listOf(value).map(fromWire))
    default:
      return value !== null && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fromWire(inner)]))
        : value
  }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
