import { describe, expect, it } from 'vitest'
import { ceiling, type HeldOut, probabilities, temperatureOf, unseenShare } from './calibration.ts'

/** Scores that claim a probability, for cases of which a share is right. */
function claims(claimed: number, right: number, count: number): HeldOut[] {
  const scores = Float64Array.of(0, Math.log(claimed / (1 - claimed)))
  return Array.from({ length: count }, (_, at) => ({ scores, label: at < right * count ? 1 : 0 }))
}

describe('the temperature', () => {
  it('makes claims as sure as the held-out cases bear out', () => {
    const held = claims(0.99, 0.9, 1000)
    const [best] = probabilities(held[0]?.scores ?? new Float64Array(2), temperatureOf(held))
    expect(best?.index).toBe(1)
    expect(best?.probability).toBeCloseTo(0.9, 2)
  })

  it('sharpens claims that are too modest', () => {
    const held = claims(0.7, 0.8, 1000)
    expect(temperatureOf(held)).toBeLessThan(1)
  })

  it('leaves claims alone that hold, and all claims when nothing was held out', () => {
    expect(temperatureOf(claims(0.9, 0.9, 1000))).toBeCloseTo(1, 1)
    expect(temperatureOf([])).toBe(1)
  })

  it('is moved little by few cases', () => {
    expect(temperatureOf(claims(0.9, 1, 3))).toBeGreaterThan(0.8)
  })
})

it('the share of answers never seen is the share of cases whose answer came once', () => {
  expect(unseenShare(Int32Array.of(0, 0, 1, 2), 3)).toBe(0.5)
  expect(unseenShare(Int32Array.of(0, 0, 1, 1), 2)).toBe(0)
})

it('few cases allow no certainty', () => {
  expect(ceiling(5)).toBeCloseTo(6 / 7)
  expect(ceiling(17)).toBeLessThan(0.95)
  expect(ceiling(1000)).toBeGreaterThan(0.999)
})
