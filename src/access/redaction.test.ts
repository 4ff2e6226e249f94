import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, encode } from '../json.ts'
import { type RedactionRule, Redactor } from './redaction.ts'

const SECRET = 'a secret of the tests'
const make = (...rules: RedactionRule[]): Redactor => new Redactor({ rules, secret: SECRET })
const of = (redactor: Redactor, value: unknown): unknown => decode(redactor.text(encode(value)))

test('an address becomes an address of nobody, the same for the same, whatever its case', () => {
  const redactor = make('email')
  const [one, other, third] = ['Ann@Example.org', 'ann@example.org', 'bob@example.org'].map((text) => redactor.words(text))
  expect(one).toMatch(/^[a-p]{16}@redacted\.invalid$/)
  expect(one).toBe(other)
  expect(one).not.toBe(third)
  expect(redactor.words('Write to <ann@example.org>, or bob@example.org.')).toBe(`Write to <${one}>, or ${third}.`)
  expect(new Redactor({ rules: ['email'], secret: 'another secret of the tests' }).words('ann@example.org')).not.toBe(one)
})

describe('a card or an IBAN goes where its check digits are right, and nothing else', () => {
  const redactor = make('card', 'iban')
  const same = redactor.words('4111111111111111')
  test.each([
    ['4111 1111 1111 1111', same],
    ['Card 4111-1111-1111-1111 until 12/27', `Card ${same} until 12/27`],
    ['4111 1111 1111 1111 2024', `${same} 2024`],
    ['4111 1111 1111 1112', '4111 1111 1111 1112'],
    ['order 1732450000000, 8 pieces', 'order 1732450000000, 8 pieces'],
    ['sha 4111111111111111abcdef', 'sha 4111111111111111abcdef'],
  ])('%s', (text, expected) => {
    expect(redactor.words(text)).toBe(expected)
  })
  const iban = redactor.words('DE89370400440532013000')
  test.each([
    ['DE89 3704 0044 0532 0130 00', iban],
    ['Pay to DE89 3704 0044 0532 0130 00 please, today', `Pay to ${iban} please, today`],
    ['de89370400440532013000', iban],
    ['DE88 3704 0044 0532 0130 00', 'DE88 3704 0044 0532 0130 00'],
    ['XX12 is no country, and neither is this', 'XX12 is no country, and neither is this'],
  ])('%s', (text, expected) => {
    expect(redactor.words(text)).toBe(expected)
  })
  test('they become words', () => {
    expect([same, iban]).toEqual([expect.stringMatching(/^\[card:[a-p]{16}\]$/), expect.stringMatching(/^\[iban:[a-p]{16}\]$/)])
  })
})

test('patterns of one’s own are found everywhere, also in keys', () => {
  const redactor = make({ name: 'patient', pattern: /\bP-\d{4}\b/ })
  const word = redactor.words('P-1234')
  expect(of(redactor, { 'P-1234': ['x P-1234 y', { a: 'P-12345' }] })).toEqual({ [word]: [`x ${word} y`, { a: 'P-12345' }] })
})

test('a path takes away whatever is there: below a key, below any, at any depth', () => {
  const redactor = make(
    { name: 'name', path: 'customer.name' },
    { name: 'pin', path: '**.pin' },
    { name: 'tel', path: '$.phones[*].number' },
  )
  const value = {
    customer: { name: 'Ann', town: 'Graz' },
    name: 'kept',
    pin: 1234,
    deep: [{ pin: { digits: [1, 2] } }, { pin: null }],
    phones: [{ number: '1' }, { number: '2' }],
  }
  expect(of(redactor, value)).toEqual({
    customer: { name: expect.stringMatching(/^\[name:/), town: 'Graz' },
    name: 'kept',
    pin: expect.stringMatching(/^\[pin:/),
    deep: [{ pin: expect.stringMatching(/^\[pin:/) }, { pin: null }],
    phones: [{ number: expect.stringMatching(/^\[tel:/) }, { number: expect.stringMatching(/^\[tel:/) }],
  })
})

test('what JSON lacks stays what it is, and is looked into where it holds texts', () => {
  const redactor = make('email', { name: 'name', path: '**.name' })
  const mail = redactor.words('ann@example.org')
  const value = {
    date: new Date(5),
    big: 10n,
    bytes: new Uint8Array([1, 2]),
    map: new Map([['ann@example.org', { name: 'Ann' }]]),
    set: new Set(['ann@example.org', 3]),
    nothing: undefined,
    $rondo: 'ann@example.org',
  }
  expect(of(redactor, value)).toEqual({
    ...value,
    map: new Map([[mail, { name: expect.stringMatching(/^\[name:/) }]]),
    set: new Set([mail, 3]),
    $rondo: mail,
  })
})

test('nothing to take out: the very same text', () => {
  const redactor = make('email', 'card', { name: 'pin', path: '**.pin' })
  for (const text of ['null', '{"a": [1, "b"]}', '{"$rondo":"date","value":"2026-01-01T00:00:00.000Z"}', '"é\\u0041"'])
    expect(redactor.text(text)).toBe(text)
})

test('redacting again changes nothing, whatever the value and the rules', () => {
  const rules: RedactionRule[] = [
    'email',
    'card',
    'iban',
    { name: 'word', pattern: /[a-z]{3,}/i },
    { name: 'all', path: '**.a' },
    { name: 'deep', path: 'b.*' },
  ]
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('ann@example.org', '4111111111111111', '[word:aaaaaaaaaaaaaaaa]', 'x@redacted.invalid'),
  )
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c', 'ann@x.org', '$rondo'), tie('any'), { maxKeys: 4 }),
      fc.array(fc.tuple(text, tie('any')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    ),
  })).any
  fc.assert(
    fc.property(value, fc.subarray(rules, { minLength: 1 }), (given, some) => {
      const redactor = make(...some)
      const once = redactor.text(encode(given))
      expect(redactor.text(once)).toBe(once)
      expect(encode(decode(once))).toBe(once)
    }),
    { numRuns: 300 },
  )
})

test('an error is redacted in its message, stack, details and causes', () => {
  const redactor = make('email')
  const mail = redactor.words('ann@example.org')
  const record = { name: 'Error', message: 'No ann@example.org', stack: 'Error: No ann@example.org', details: { to: 'ann@example.org' } }
  expect(redactor.error({ ...record, cause: record, code: 'x', path: 'p' })).toEqual({
    name: 'Error',
    message: `No ${mail}`,
    stack: `Error: No ${mail}`,
    details: { to: mail },
    code: 'x',
    path: 'p',
    cause: { name: 'Error', message: `No ${mail}`, stack: `Error: No ${mail}`, details: { to: mail } },
  })
})

test('rules and secrets that cannot be are said', () => {
  expect(() => new Redactor({ rules: ['email'], secret: 'short' })).toThrow(/RONDO_REDACT_SECRET/)
  for (const rule of [
    { name: 'a b', path: 'x' },
    { name: 'email', pattern: /x/ },
    { name: 'x', path: '' },
    { name: 'x', path: 'a.**' },
    { name: 'x', path: '$' },
  ])
    expect(() => make(rule as RedactionRule)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
})
