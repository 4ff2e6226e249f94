import { expect, it } from 'vitest'
import { trainedAt } from './schedule.ts'

it('the learner learns often at first, then every 25 cases, then ever more rarely', () => {
  const counts = new Set(Array.from({ length: 1001 }, (_, cases) => trainedAt(cases)))
  expect([...counts].slice(0, 16)).toEqual([0, 5, 10, 15, 20, 25, 50, 75, 100, 125, 150, 175, 200, 225, 250, 275])
  expect([...counts].at(-1)).toBeGreaterThan(900)
  expect(counts.size).toBeLessThan(32)
})

it('all trainings together see each case a bounded number of times', () => {
  for (const cases of [1_000, 10_000, 100_000]) {
    let seen = 0
    for (let at = trainedAt(cases); at > 0; at = trainedAt(at - 1)) seen += at
    expect(seen / cases).toBeLessThan(12)
  }
})
