import { describe, expect, test } from 'vitest'
import { randomSource } from '../statistics/chance.ts'
import { atLeast } from '../statistics/simulation.ts'
import { checkedFigure, ErrorReading } from './error-reading.ts'

const AUDIT = 0.1

/** Half of the stream is unsure and seen, half of it stands alone but for audits; `errors` are the shares of wrong proposals in each. */
function stream(seed: string, decisions: number, errors: { readonly unsure: number; readonly sure: number }): ErrorReading {
  const chance = randomSource(seed)
  const reading = new ErrorReading()
  for (let at = 0; at < decisions; at += 1) {
    const isUnsure = chance() < 0.5
    const probability = isUnsure ? 1 : AUDIT
    const wrong = chance() < (isUnsure ? errors.unsure : errors.sure)
    if (chance() < probability) reading.add({ at, probability }, wrong)
  }
  return reading
}

describe('the share of wrong proposals', () => {
  test('is estimated without bias from what few audits say of what stands alone', () => {
    const runs = 300
    const shares = Array.from(
      { length: runs },
      (_, run) => stream(`bias ${run}`, 1000, { unsure: 0.2, sure: 0.04 }).figure().share ?? Number.NaN,
    )
    const mean = shares.reduce((sum, share) => sum + share, 0) / runs
    const deviation = Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (runs - 1))
    expect(Math.abs(mean - 0.12)).toBeLessThan((3 * deviation) / Math.sqrt(runs))
  })

  test('lies between its bounds at least as often as they say', () => {
    const runs = 200
    let missed = 0
    for (let run = 0; run < runs; run += 1) {
      const { low, high } = stream(`cover ${run}`, 500, { unsure: 0.1, sure: 0.02 }).figure()
      missed += Number(low > 0.06 || high < 0.06)
    }
    expect(atLeast(missed, runs)).toBeLessThanOrEqual(0.05)
  })

  test('is bounded the closer the more is known, and not at all without an answer', () => {
    const [few, many] = [200, 4000].map((n) => stream('width', n, { unsure: 0.1, sure: 0.02 }).figure())
    expect((many?.high ?? 1) - (many?.low ?? 0)).toBeLessThan((few?.high ?? 0) - (few?.low ?? 1))
    expect(new ErrorReading().figure()).toEqual({ n: 0, wrong: 0, share: undefined, low: 0, high: 1 })
    expect(new ErrorReading().points()).toEqual([])
    expect(checkedFigure({ n: 0, errors: 0 })).toEqual({ n: 0, wrong: 0, share: undefined, low: 0, high: 1 })
  })

  test('over time: equally many answers each, and fewer stretches while there are few', () => {
    const reading = new ErrorReading()
    for (let at = 0; at < 30; at += 1) reading.add({ at, probability: 1 }, false)
    expect(reading.points().map(({ n }) => n)).toEqual([30])
    for (let at = 30; at < 400; at += 1) reading.add({ at, probability: at < 200 ? 1 : AUDIT }, at >= 200 && at % 10 === 0)
    const points = reading.points()
    expect(points.map(({ n }) => n)).toEqual(Array.from({ length: 8 }, () => 50))
    expect(points[0]).toMatchObject({ from: 0, to: 49, wrong: 0, share: 0 })
    expect(points.at(-1)).toMatchObject({ from: 350, to: 399, wrong: 5 })
    expect(points.at(-1)?.share).toBeCloseTo(0.1)
    // What people saw all of is known better than what was drawn.
    expect(points[0]?.high).toBeLessThan(points.at(-1)?.high ?? 0)
  })
})
