import { expect, test } from 'vitest'
import { draw, randomSource, shuffled } from './chance.ts'

test('a draw belongs to its text, and draws of different texts spread evenly over [0,1)', () => {
  expect(draw('question 1')).toBe(draw('question 1'))
  const tenths = new Array<number>(10).fill(0)
  for (let i = 0; i < 10_000; i += 1) {
    const tenth = Math.floor(draw(`question ${i}`) * 10)
    tenths[tenth] = (tenths[tenth] ?? 0) + 1
  }
  // χ² with 9 degrees of freedom: 27.9 is its 99.9 % point.
  expect(tenths.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)).toBeLessThan(27.9)
})

test('a source gives the same numbers for the same seed and others for another', () => {
  const take = (seed: string): number[] => Array.from({ length: 5 }, randomSource(seed))
  expect(take('a')).toEqual(take('a'))
  expect(take('a')).not.toEqual(take('b'))
  const random = randomSource('mean')
  let sum = 0
  for (let i = 0; i < 100_000; i += 1) sum += random()
  expect(sum / 100_000).toBeCloseTo(0.5, 2)
})

test('a seeded order keeps every item, and leaves the original alone', () => {
  const items = Array.from({ length: 100 }, (_, i) => i)
  const order = shuffled(items, 'seed')
  expect(order).not.toEqual(items)
  expect([...order].sort((one, other) => one - other)).toEqual(items)
  expect(shuffled(items, 'seed')).toEqual(order)
})
