import { describe, expect, it } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const now = Date.UTC(2026, 0, 1, 12)

describe('the time a server asks to be left alone', () => {
  it('is read from milliseconds, seconds or a date, the most exact first', () => {
    expect(retryAfterMs({ 'retry-after-ms': '1500', 'retry-after': '2' }, now)).toBe(1500)
    expect(retryAfterMs({ 'retry-after': '2' }, now)).toBe(2000)
    expect(retryAfterMs({ 'retry-after': '0.25' }, now)).toBe(250)
    expect(retryAfterMs({ 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }, now)).toBe(30_000)
  })

  it('is over when its date has passed', () => {
    expect(retryAfterMs({ 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }, now)).toBe(0)
  })

  it('is unknown without a header, or with one that is no time', () => {
    expect(retryAfterMs(undefined, now)).toBeUndefined()
    expect(retryAfterMs({ 'retry-after': 'soon' }, now)).toBeUndefined()
    expect(retryAfterMs({ 'retry-after-ms': '-5' }, now)).toBeUndefined()
  })
})
