import fc from 'fast-check'
import { expect, test } from 'vitest'
import { humanDuration, milliseconds } from './duration.ts'

test.each([
  [0, 0],
  [1500.4, 1500],
  ['250ms', 250],
  ['90s', 90_000],
  ['1.5h', 5_400_000],
  ['1h30m', 5_400_000],
  ['1h 30m', 5_400_000],
  ['2d', 172_800_000],
  ['1w', 604_800_000],
  ['0s', 0],
])('%j is %i milliseconds', (duration, ms) => {
  expect(milliseconds(duration)).toBe(ms)
})

test.each(['', ' ', '10', 'soon', '1y', '-1s', '1h-30m', 'h', '1..5s', -1, Number.NaN, Number.POSITIVE_INFINITY])(
  '%j is no duration, and it is said how to write one',
  (duration) => {
    expect(() => milliseconds(duration)).toThrow(`"${duration}" is no duration. Write milliseconds as a number, or text such as '30s'`)
  },
)

test.each([
  [0, '0ms'],
  [85.4, '85ms'],
  [999.7, '1.0s'],
  [1300, '1.3s'],
  [59_949, '59.9s'],
  [59_990, '1m'],
  [60_000, '1m'],
  [725_000, '12m 5s'],
  [3_600_000, '1h'],
  [3_605_000, '1h'],
  [277_200_000, '3d 5h'],
])('%d milliseconds read as %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text)
})

test('what people read is near what it was, at any length', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 11 }), (ms) => {
      const read = milliseconds(humanDuration(ms))
      expect(Math.abs(read - ms)).toBeLessThanOrEqual(Math.max(50, ms / 24))
    }),
  )
})
