import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode, encode, fingerprint } from './json.ts'

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  key: fc.oneof(fc.string(), fc.constantFrom('$rondo', '__proto__', 'constructor', 'value')),
  values: [
    fc.boolean(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom<unknown>(null, undefined, Number.NaN, -0, Number.POSITIVE_INFINITY, new Date(Number.NaN), '$rondo', {
      $rondo: 'bigint',
      value: '1',
    }),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  ],
})

test('every value that is kept comes back the same', () => {
  fc.assert(
    fc.property(anything, (value) => isDeepStrictEqual(decode(encode(value)), value)),
    { numRuns: 2000 },
  )
})

test('what came back is written as it was before', () => {
  fc.assert(fc.property(anything, (value) => encode(decode(encode(value))) === encode(value)))
})

test('plain values are plain JSON, and keys keep their order', () => {
  for (const value of [null, true, 1.5, 'x', [1, 'a'], { b: 1, a: { c: [null] } }]) expect(encode(value)).toBe(JSON.stringify(value))
  expect(encode({ at: new Date(0), none: undefined })).toBe(
    '{"at":{"$rondo":"date","value":"1970-01-01T00:00:00.000Z"},"none":{"$rondo":"undefined"}}',
  )
})

test('a Buffer comes back as a Buffer, so that its text reads the same after a crash', () => {
  const [buffer, bytes] = decode(encode([Buffer.from('né'), new Uint8Array([1])])) as [Buffer, Uint8Array]
  expect([Buffer.isBuffer(buffer), buffer.toString('utf8'), Buffer.isBuffer(bytes)]).toEqual([true, 'né', false])
})

test('one object in two places is no cycle', () => {
  const shared = { x: 1 }
  expect(decode(encode({ a: shared, b: [shared, shared] }))).toEqual({ a: shared, b: [shared, shared] })
})

test.each<[string, unknown, string]>([
  ['a function', { rows: [{ do: () => 1 }] }, 'a function (at "rows[0].do")'],
  ['a symbol', [Symbol('x')], 'a symbol (at "[0]")'],
  ['a class instance', { list: { url: new URL('http://x.example') } }, 'an instance of URL (at "list.url")'],
  ['an error', new Error('x'), 'an instance of Error:'],
  ['a float array', { v: new Float32Array(1) }, 'an instance of Float32Array (at "v")'],
  ['a kind of Date of one’s own', { at: new (class Day extends Date {})() }, 'an instance of Day (at "at")'],
  ['a symbol as key', { a: { [Symbol('x')]: 1 } }, 'an object with a symbol as key (at "a")'],
  ['a promise', { p: Promise.resolve(1) }, 'an instance of Promise (at "p")'],
])('%s is refused with its place', (_, value, says) => {
  expect(() => encode(value)).toThrow(expect.objectContaining({ code: 'not_serialisable', terminal: true }))
  expect(() => encode(value)).toThrow(says)
})

test('a cycle is refused with its place', () => {
  const value: { self?: unknown; list: unknown[] } = { list: [] }
  value.list.push({ back: value })
  expect(() => encode(value)).toThrow('a cycle (at "list[0].back")')
})

test('the order of keys does not change a fingerprint, at any depth; values do', () => {
  const shuffled = (value: unknown): unknown =>
    value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, item]) => [key, shuffled(item)]),
        )
      : value
  fc.assert(fc.property(fc.jsonValue(), (value) => fingerprint(shuffled(value)) === fingerprint(value)))
  const prints = [1, '1', 1n, null, undefined, [1], { a: 1 }, { a: '1' }, { b: 1 }, new Date(1), new Set([1]), new Map([[1, 1]])].map(
    fingerprint,
  )
  expect(new Set(prints).size).toBe(prints.length)
  expect(prints[0]).toMatch(/^[0-9a-f]{64}$/)
})
