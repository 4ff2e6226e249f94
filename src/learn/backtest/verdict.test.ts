/**
 * The verdict of a backtest: units, weights and segments. What the tests themselves promise is proved in statistics/comparison.test.ts.
 */
import { expect, test } from 'vitest'
import { randomSource } from '../../statistics/chance.ts'
import type { Score } from './outcome.ts'
import { judge } from './verdict.ts'

const METRIC = 'decision folder'

function answered(was: number, would: number, more: Partial<Score> = {}): Score {
  return { metric: METRIC, path: 'folder', was, would, probability: 1, truth: 'people', ...more }
}

function unseen(more: Partial<Score> = {}): Score {
  return { metric: METRIC, path: 'folder', probability: 0.1, ...more }
}

const runs = (n: number, scores: (index: number) => Score[]) =>
  Array.from({ length: n }, (_, index) => ({ run: `r${index}`, scores: scores(index) }))

test('what differs nowhere is not worse once there are enough runs, and inconclusive before', () => {
  expect(
    judge(
      runs(20, () => [answered(1, 1)]),
      {},
    ).verdict,
  ).toBe('inconclusive')
  expect(
    judge(
      runs(600, () => [answered(1, 1)]),
      {},
    ).verdict,
  ).toBe('not worse')
})

test('a change that wins on average and breaks one segment is stopped, and the segment is named', () => {
  const judged = judge(
    runs(1200, (index) => [index % 6 === 0 ? answered(1, 0, { segment: 'refunds' }) : answered(0, 1, { segment: 'other' })]),
    {},
  )
  expect(judged.metrics[0]?.overall.mean).toBeGreaterThan(0)
  expect(judged).toMatchObject({ verdict: 'worse', blockedBy: [{ metric: METRIC, segment: 'refunds' }] })
})

test('every metric must pass: the weakest says what stands', () => {
  const judged = judge(
    runs(800, () => [answered(0, 1), { metric: 'measure brevity', path: 'brevity', was: 1, would: 0, probability: 1 }]),
    {},
  )
  expect(judged.metrics.map(({ metric, verdict }) => [metric, verdict])).toEqual([
    [METRIC, 'better'],
    ['measure brevity', 'worse'],
  ])
  expect(judged.verdict).toBe('worse')
})

test('decisions that people saw stand for those like them that they did not: the mean is that of all of them', () => {
  const chance = randomSource('weights')
  // One in ten of the sure ones is seen, and the change breaks a fifth of them; all of the unsure ones are seen, and nothing changes there.
  const judged = judge(
    runs(20_000, () => {
      if (chance() < 0.3) return [answered(1, 1)]
      const isBroken = chance() < 0.2
      return chance() < 0.1 ? [answered(1, isBroken ? 0 : 1, { probability: 0.1 })] : [unseen()]
    }),
    {},
  )
  const [folder] = judged.metrics
  expect(folder?.overall.mean).toBeGreaterThan(-0.16)
  expect(folder?.overall.mean).toBeLessThan(-0.12)
  expect(folder).toMatchObject({ verdict: 'worse', leastProbability: 0.1 })
})

test('what was mended later certifies nothing, and what could never be seen is left out and counted', () => {
  const judged = judge(
    [...runs(500, () => [answered(1, 0, { truth: 'correction', probability: 0.5 })]), ...runs(5, () => [unseen({ probability: 0 })])],
    {},
  )
  expect(judged.metrics[0]).toMatchObject({ graded: 0, unseen: 500, unseeable: 5, overall: { losses: 0, n: 500 } })
})

test('candidates tried at once share the chance of a wrong verdict', () => {
  const many = runs(300, () => [answered(1, 1)])
  expect(judge(many, {}).metrics[0]?.overall.needed).toBe(20)
  expect(judge(many, { candidates: 5 }).metrics[0]?.overall.needed).toBe(100)
})

test('several decisions of one run are one unit', () => {
  const judged = judge(
    runs(10, () => [answered(1, 0), answered(1, 1, { path: 'other' })]),
    {},
  )
  expect(judged.metrics[0]).toMatchObject({ graded: 20, overall: { n: 10, mean: -0.5 } })
})
