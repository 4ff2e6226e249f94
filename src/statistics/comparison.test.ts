import { describe, expect, test } from 'vitest'
import { RondoError } from '../errors.ts'
import vectors from './betting.vectors.json' with { type: 'json' }
import { randomSource } from './chance.ts'
import { Comparison, PairedTest, weakest } from './comparison.ts'
import { atLeast, atMost } from './simulation.ts'

const close = (value: number, expected: number): void => expect(Math.abs(value / expected - 1)).toBeLessThan(1e-9)

function counted({ win, loss, tie, margin }: { win: number; loss: number; tie: number; margin: number }): PairedTest {
  const paired = new PairedTest({ margin, alpha: 0.05 })
  paired.add(1, win)
  paired.add(-1, loss)
  paired.add(0, tie)
  return paired
}

describe('the paired test', () => {
  test.each(vectors.paired_not_worse)('is the reference for "not worse": $win won, $loss lost, $tie tied', ({ delta, e, ...counts }) => {
    close(counted({ ...counts, margin: delta }).eValues.notWorse, e)
  })
  test.each(vectors.paired_worse)('is the reference for "worse": $win won, $loss lost, $tie tied', ({ delta, e, ...counts }) => {
    close(counted({ ...counts, margin: delta }).eValues.worse, e)
  })
  test.each(vectors.paired_better)('is the reference for "better": $win won, $loss lost, $tie tied', ({ e, ...counts }) => {
    close(counted({ ...counts, margin: 0.02 }).eValues.better, e)
  })

  test('says each of the four verdicts, and counts what it saw', () => {
    expect(counted({ win: 60, loss: 10, tie: 200, margin: 0.02 }).verdict).toBe('better')
    expect(counted({ win: 3, loss: 1, tie: 396, margin: 0.02 }).verdict).toBe('not worse')
    expect(counted({ win: 10, loss: 60, tie: 200, margin: 0.02 }).verdict).toBe('worse')
    const report = counted({ win: 5, loss: 2, tie: 93, margin: 0.02 }).report()
    expect(report).toMatchObject({ verdict: 'inconclusive', n: 100, wins: 5, losses: 2, ties: 93, mean: 0.03, needed: 20 })
    expect(report.low).toBeLessThan(0.03)
    expect(report.high).toBeGreaterThan(0.03)
  })

  test('refuses a margin or a level that makes no sense', () => {
    expect(() => new PairedTest({ margin: 1, alpha: 0.05 })).toThrow(RondoError)
    expect(() => new PairedTest({ margin: 0.02, alpha: 1 })).toThrow('chance of being wrong')
  })
})

describe('a comparison', () => {
  test('is stopped by one segment although it wins overall, and names that segment', () => {
    const comparison = new Comparison({ segments: ['de', 'fr', 'it'] })
    for (let i = 0; i < 900; i += 1) comparison.add(i % 4 === 0 ? 1 : 0, i % 2 === 0 ? 'de' : 'fr')
    for (let i = 0; i < 60; i += 1) comparison.add(i % 3 === 0 ? -1 : 0, 'it')
    const report = comparison.report()
    expect(report.overall.verdict).toBe('better')
    expect(report).toMatchObject({ verdict: 'worse', blockedBy: ['it'] })
    expect(report.segments.map((one) => [one.segment, one.needed])).toEqual([
      ['de', 60],
      ['fr', 60],
      ['it', 60],
    ])
  })

  test('shares α among segments nobody declared, so that it adds up to α however many come', () => {
    const comparison = new Comparison({ alpha: 0.05 })
    for (const segment of ['a', 'b', 'c', 'd']) comparison.add(0, segment)
    const shares = comparison.report().segments.map((one) => 1 / one.needed / 0.05)
    expect(shares.map((share) => Math.round(1 / share))).toEqual([2, 6, 12, 20])
  })

  test('asks more of each of several candidates', () => {
    expect(new Comparison({ candidates: 4 }).report().overall.needed).toBeCloseTo(80, 9)
  })

  test('refuses a segment it was not told of', () => {
    expect(() => new Comparison({ segments: ['de'] }).add(0, 'fr')).toThrow('"fr" is not among those')
  })

  test('over several metrics is as good as the weakest of them', () => {
    expect(weakest(['better', 'not worse'])).toBe('not worse')
    expect(weakest(['better', 'inconclusive'])).toBe('inconclusive')
    expect(weakest(['worse', 'inconclusive', 'better'])).toBe('worse')
    expect(weakest([])).toBe('inconclusive')
  })
})

describe('peeking: one candidate that is exactly as good as the current release, looked at 200 times', () => {
  const [streams, looks, batch] = [800, 200, 10]

  /** 10 % of units differ, and chance alone says which way. */
  function difference(random: () => number): number {
    const u = random()
    return u < 0.05 ? 1 : u < 0.1 ? -1 : 0
  }

  test('a z-test at 5 % cries wolf in about 41 % of streams: this is why Rondo does not use one', () => {
    let alarms = 0
    for (let stream = 0; stream < streams; stream += 1) {
      const random = randomSource(`peek ${stream}`)
      let [n, sum, squares, alarmed] = [0, 0, 0, false]
      for (let look = 0; look < looks && !alarmed; look += 1) {
        for (let i = 0; i < batch; i += 1) {
          const d = difference(random)
          n += 1
          sum += d
          squares += d * d
        }
        const variance = (squares - (sum * sum) / n) / (n - 1)
        alarmed = variance > 0 && Math.abs(sum / n) / Math.sqrt(variance / n) > 1.96
      }
      alarms += Number(alarmed)
    }
    expect(atLeast(alarms, streams)).toBeGreaterThan(0.35)
    expect(atMost(alarms, streams)).toBeLessThan(0.47)
  })

  test('the paired test at 5 %, looked at after every unit, finds "better" in at most 5 % of them', () => {
    let alarms = 0
    for (let stream = 0; stream < streams; stream += 1) {
      const random = randomSource(`peek ${stream}`)
      const paired = new PairedTest({ margin: 0.02, alpha: 0.05 })
      for (let unit = 0; unit < looks * batch && paired.verdict !== 'better'; unit += 1) paired.add(difference(random))
      alarms += Number(paired.verdict === 'better')
    }
    expect(atMost(alarms, streams)).toBeLessThanOrEqual(0.05)
  })

  test('a candidate that is worse by just more than the margin is promoted in at most 5 % of streams', () => {
    let promoted = 0
    for (let stream = 0; stream < streams; stream += 1) {
      const random = randomSource(`worse ${stream}`)
      const paired = new PairedTest({ margin: 0.02, alpha: 0.05 })
      for (let unit = 0; unit < 1500 && paired.verdict === 'inconclusive'; unit += 1) {
        const u = random()
        paired.add(u < 0.03 ? 1 : u < 0.051 + 0.03 ? -1 : 0)
      }
      promoted += Number(paired.verdict === 'not worse' || paired.verdict === 'better')
    }
    expect(atMost(promoted, streams)).toBeLessThanOrEqual(0.05)
  })
})
