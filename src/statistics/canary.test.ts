import { describe, expect, test } from 'vitest'
import vectors from './betting.vectors.json' with { type: 'json' }
import { Canary, SampleRatio } from './canary.ts'
import { randomSource } from './chance.ts'
import { atMost } from './simulation.ts'

const close = (value: number, expected: number): void => expect(Math.abs(value / expected - 1)).toBeLessThan(1e-9)

/** Units under a ramp from 5 % over 20 % to 50 %, whose scores are 1 with the rate of whoever answers. */
function ramped(canary: Canary, seed: string, rates: { candidate: number; current: number }, units: number): Canary {
  const random = randomSource(seed)
  for (let unit = 0; unit < units && (canary.verdict === 'inconclusive' || canary.verdict === 'not worse'); unit += 1) {
    const probability = unit < units * 0.2 ? 0.05 : unit < units * 0.4 ? 0.2 : 0.5
    const candidate = random() < probability
    canary.add({ candidate, probability, score: Number(random() < (candidate ? rates.candidate : rates.current)) })
  }
  return canary
}

describe('a canary', () => {
  test('estimates the difference through a ramp without bias', () => {
    const canary = new Canary({ margin: 0.02, alpha: 1e-9 })
    const report = ramped(canary, 'estimate', { candidate: 0.8, current: 0.6 }, 20_000).report()
    expect(report.difference).toBeGreaterThan(0.17)
    expect(report.difference).toBeLessThan(0.23)
    expect(report.candidate + report.current).toBeLessThanOrEqual(20_000)
  })

  test('finds a candidate that is better, and one that is worse', () => {
    const better = ramped(new Canary({ margin: 0.02, alpha: 0.05 }), 'b', { candidate: 0.9, current: 0.7 }, 6000)
    const worse = ramped(new Canary({ margin: 0.02, alpha: 0.05 }), 'w', { candidate: 0.6, current: 0.9 }, 6000)
    expect([better.verdict, worse.verdict]).toEqual(['better', 'worse'])
  })

  test('promotes a candidate worse by just more than the margin in at most 5 % of ramps', () => {
    const ramps = 1500
    let promoted = 0
    for (let ramp = 0; ramp < ramps; ramp += 1) {
      const verdict = ramped(new Canary({ margin: 0.05, alpha: 0.05 }), `ramp ${ramp}`, { candidate: 0.749, current: 0.8 }, 1000).verdict
      promoted += Number(verdict === 'better' || verdict === 'not worse')
    }
    expect(atMost(promoted, ramps)).toBeLessThanOrEqual(0.05)
  })

  test('condemns a candidate that is exactly as good in at most 5 % of ramps', () => {
    const ramps = 500
    let condemned = 0
    for (let ramp = 0; ramp < ramps; ramp += 1)
      condemned += Number(
        ramped(new Canary({ margin: 0, alpha: 0.05 }), `same ${ramp}`, { candidate: 0.8, current: 0.8 }, 2000).verdict === 'worse',
      )
    expect(atMost(condemned, ramps)).toBeLessThanOrEqual(0.05)
  })

  test('refuses a certain assignment and a score outside [0,1]', () => {
    const canary = new Canary({ margin: 0.02, alpha: 0.05 })
    expect(() => canary.add({ candidate: true, probability: 1, score: 1 })).toThrow('strictly between 0 and 1')
    expect(() => canary.add({ candidate: true, probability: 0.5, score: 2 })).toThrow('must lie in [0,1]')
  })

  test('gives no verdict when the shares do not fit the probabilities', () => {
    const canary = new Canary({ margin: 0.02, alpha: 0.05 })
    for (let unit = 0; unit < 400; unit += 1) canary.add({ candidate: unit % 4 !== 0, probability: 0.5, score: unit % 4 === 0 ? 0 : 1 })
    expect(canary.verdict).toBeUndefined()
    expect(canary.report().eValues.mismatch).toBeGreaterThan(1000)
  })
})

describe('sample-ratio mismatch', () => {
  test.each(vectors.srm)('is the reference for $candidate and $current units at π = $pi', ({ candidate, current, pi, e }) => {
    const shares = new SampleRatio()
    for (let unit = 0; unit < candidate; unit += 1) shares.add(true, pi)
    for (let unit = 0; unit < current; unit += 1) shares.add(false, pi)
    close(shares.value, e)
  })

  test('does not take a ramp for a mismatch, and finds one inside a ramp', () => {
    const random = randomSource('ramp')
    const [honest, broken] = [new SampleRatio(), new SampleRatio()]
    for (const pi of [0.05, 0.2, 0.5])
      for (let unit = 0; unit < 1500; unit += 1) {
        const u = random()
        honest.add(u < pi, pi)
        broken.add(u < pi * 0.8, pi)
      }
    expect([honest.mismatch, broken.mismatch]).toEqual([false, true])
  })
})
