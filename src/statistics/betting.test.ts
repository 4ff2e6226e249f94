import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RondoError } from '../errors.ts'
import { Bets, lowerBound, upperBound } from './betting.ts'
import vectors from './betting.vectors.json' with { type: 'json' }
import { randomSource } from './chance.ts'
import { atMost } from './simulation.ts'

const close = (value: number, expected: number): void => expect(Math.abs(value / expected - 1)).toBeLessThan(1e-9)

describe('the e-value', () => {
  test.each(vectors.earned)(
    'is that of the reference for $n labels with $errors errors at π = $pi',
    ({ n, errors, alpha, pi, pi_min, K, e }) => {
      const bets = new Bets(K)
      const b = (1 - alpha) / pi_min
      bets.add(alpha / pi, b, n - errors)
      bets.add((alpha - 1) / pi, b, errors)
      close(bets.value, e)
    },
  )

  test('stands at 1 before any data, and so does its largest value', () => {
    const bets = new Bets(6)
    expect([bets.value, bets.best, bets.rejects(0.99)]).toEqual([1, 1, false])
  })

  test('does not depend on the order of the data, nor on their being added one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 }), (data) => {
        const [forward, backward] = [new Bets(8), new Bets(8)]
        for (const z of data) forward.add(z, 1)
        for (const z of [...data].reverse()) backward.add(z, 1)
        expect(Math.abs(forward.logValue - backward.logValue)).toBeLessThan(1e-9)
      }),
    )
    const [once, often] = [new Bets(8), new Bets(8)]
    once.add(0.3, 1, 50)
    for (let i = 0; i < 50; i += 1) often.add(0.3, 1)
    close(once.value, often.value)
  })

  test('stays finite and comparable where the product itself would overflow', () => {
    const bets = new Bets(8)
    bets.add(1, 1, 5000)
    expect(bets.value).toBe(Number.MAX_VALUE)
    expect(bets.logValue).toBeCloseTo(5000 * Math.log(1.9) - Math.log(8), 6)
    expect(bets.rejects(1e-300)).toBe(true)
  })

  test('keeps its largest value after it has fallen', () => {
    const bets = new Bets(4)
    bets.add(1, 1, 10)
    const top = bets.value
    bets.add(-1, 1, 10)
    expect(bets.value).toBeLessThan(1)
    expect(bets.best).toBe(top)
  })

  test.each([
    [-1.1, 1],
    [Number.NaN, 1],
    [0.5, 0],
    [0.5, Number.NaN],
    [Number.POSITIVE_INFINITY, 1],
  ])('refuses a bet that could break the guarantee: z = %d, b = %d', (z, b) => {
    expect(() => new Bets(4).add(z, b)).toThrow(RondoError)
  })
})

describe('a confidence bound', () => {
  test('says nothing without data', () => {
    expect(upperBound([], { range: [0, 1], alpha: 0.05 })).toBe(1)
    expect(lowerBound([], { range: [0, 1], alpha: 0.05 })).toBe(0)
  })

  test('is the null mean at which the e-value reaches 1/α', () => {
    const observed = [
      { value: 0, times: 290 },
      { value: 1, times: 10 },
    ]
    const bound = upperBound(observed, { range: [0, 1], alpha: 0.05, bets: 10 })
    const bets = new Bets(10)
    for (const { value, times } of observed) bets.add(bound - value, 1, times)
    close(bets.value, 20)
    expect(bound).toBeGreaterThan(10 / 300)
    expect(bound).toBeLessThan(0.085)
  })

  test('in the mirror is the bound of the other side', () => {
    const observed = [
      { value: 0.2, times: 40 },
      { value: 0.9, times: 80 },
    ]
    const mirrored = observed.map((one) => ({ ...one, value: 1 - one.value }))
    expect(lowerBound(observed, { range: [0, 1], alpha: 0.1 })).toBeCloseTo(1 - upperBound(mirrored, { range: [0, 1], alpha: 0.1 }), 9)
  })

  test('counts rarely reviewed observations for as many as they stand for', () => {
    const bounds = { range: [0, 1] as const, alpha: 0.05, leastProbability: 0.1 }
    const even = upperBound([{ value: 0, times: 400, probability: 0.1 }], bounds)
    const mixed = upperBound(
      [
        { value: 0, times: 400, probability: 0.1 },
        { value: 1, times: 40, probability: 0.1 },
      ],
      bounds,
    )
    expect(even).toBeLessThan(mixed)
  })

  test('covers the truth at every look together, in 95 % of streams', () => {
    const streams = 400
    const [truth, looks] = [0.1, 30]
    let missed = 0
    for (let stream = 0; stream < streams; stream += 1) {
      const random = randomSource(`coverage ${stream}`)
      let [n, ones, outside] = [0, 0, false]
      for (let look = 0; look < looks && !outside; look += 1) {
        for (let i = 0; i < 10; i += 1) {
          n += 1
          ones += Number(random() < truth)
        }
        const observed = [
          { value: 0, times: n - ones },
          { value: 1, times: ones },
        ]
        const bounds = { range: [0, 1] as const, alpha: 0.025 }
        outside = upperBound(observed, bounds) < truth || lowerBound(observed, bounds) > truth
      }
      missed += Number(outside)
    }
    expect(atMost(missed, streams)).toBeLessThanOrEqual(0.05)
  })
})
