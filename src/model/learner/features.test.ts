import { describe, expect, it } from 'vitest'
import { BUCKETS, bucketsOf, CHARACTERS_READ, readable } from './features.ts'

describe('what the learner sees of a text', () => {
  it('is the text with single white space, cut where reading ends', () => {
    expect(readable('  a\n\n b\tc ')).toBe('a b c')
    expect(readable('x'.repeat(1_000_000))).toHaveLength(CHARACTERS_READ)
    expect(readable(' \n\t ')).toBe('')
  })

  it('is each word, mark and sequence once, in order, whatever the order and number in the text', () => {
    const buckets = [...bucketsOf('win win win')]
    expect(buckets).toEqual([...new Set(buckets)].sort((left, right) => left - right))
    expect(bucketsOf('a b')).toEqual(bucketsOf('b a b'.slice(2)))
    expect(bucketsOf('')).toHaveLength(0)
  })

  it('takes words regardless of case, and marks for what they are', () => {
    expect([...bucketsOf('No!')].length).toBe(2)
    expect(bucketsOf('NO')).toEqual(bucketsOf('no'))
    expect(bucketsOf('no!')).not.toEqual(bucketsOf('no?'))
  })

  it('spreads over the buckets it has', () => {
    const words = Array.from({ length: 4000 }, (_, at) => bucketsOf(`w${at.toString(36)}`)[0] ?? -1)
    expect(Math.max(...words)).toBeLessThan(BUCKETS)
    // 4,000 balls in 16,384 boxes hit 3,541 of them on average, give or take 19.
    expect(new Set(words).size).toBeGreaterThan(3440)
  })
})
