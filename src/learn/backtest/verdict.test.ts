/**
 * The verdict of a backtest: units, weights and segments. What the tests themselves promise is proved in statistics/comparison.test.ts.
 */
import { expect, test } from 'vitest'
import { randomSource } from '../../statistics/chance.ts'
import type { Score } from './outcome.ts'
import { judge } from './verdict.ts'

const METRIC = 'decision folder'

function answered(was: number, would: number, more: Partial<Score> = {}): Score {
  return { metric: METRIC, path: 'folder', was, would, probability: 1, policy: 'always', truth: 'people', ...more }
}

function unseen(more: Partial<Score> = {}): Score {
  return { metric: METRIC, path: 'folder', probability: 0.1, policy: 'threshold(0.9, audit 0.1)', ...more }
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
      return chance() < 0.1 ? [answered(1, isBroken ? 0 : 1, { probability: 0.1, policy: 'threshold(0.9, audit 0.1)' })] : [unseen()]
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
    [
      ...runs(500, () => [answered(1, 0, { truth: 'correction', probability: 0.1, policy: 'threshold(0.9, audit 0.1)' })]),
      ...runs(5, () => [unseen({ probability: 0 })]),
    ],
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

test('what the change does not come to counts as wrong for it, and as right against it: neither verdict is made by leaving out', () => {
  const lost = (was: number): Score => ({
    metric: METRIC,
    path: 'folder',
    was,
    probability: 1,
    policy: 'always',
    truth: 'people',
    lost: 'diverged',
  })
  // Better by far wherever it is seen, and right before wherever it is lost.
  const gained = judge(
    runs(600, (index) => [index % 5 < 2 ? lost(1) : answered(0, 1)]),
    {},
  )
  expect(gained.metrics[0]).toMatchObject({ verdict: 'better', graded: 360, lost: 240, overall: { losses: 240 } })
  const open = judge(
    runs(600, (index) => [index % 5 < 3 ? lost(1) : answered(0, 1)]),
    {},
  )
  expect(open.metrics[0]).toMatchObject({ verdict: 'inconclusive', ifLostWereRight: { verdict: 'better' } })
  // Nothing but lost: nobody knows that it is worse.
  expect(
    judge(
      runs(600, () => [lost(1)]),
      {},
    ).verdict,
  ).toBe('inconclusive')
  // Worse even if all that is lost were right.
  const worse = judge(
    runs(600, (index) => [index % 5 === 0 ? lost(1) : answered(1, 0)]),
    {},
  )
  expect(worse.verdict).toBe('worse')
})

test('a segment that may be worse, for what is lost in it, leaves the change open and is not called worse', () => {
  const judged = judge(
    runs(1200, (index) =>
      index % 4 === 0
        ? [
            {
              metric: METRIC,
              path: 'folder',
              was: 1,
              probability: 1,
              policy: 'always',
              truth: 'people',
              lost: 'skipped',
              segment: 'refunds',
            },
          ]
        : [answered(0, 1, { segment: 'other' })],
    ),
    {},
  )
  expect(judged).toMatchObject({ verdict: 'inconclusive', blockedBy: [] })
  expect(judged.metrics[0]?.segments).toMatchObject([
    { segment: 'refunds', verdict: 'inconclusive' },
    { segment: 'other', verdict: 'better' },
  ])
})

test('a change that loses just what it would be wrong at is found better or not worse no oftener than α', { timeout: 60_000 }, () => {
  const chance = randomSource('lost by outcome')
  const SIMULATED = 400
  let [passed, passedWhenLeftOut] = [0, 0]
  for (let trial = 0; trial < SIMULATED; trial += 1) {
    // Truly worse by six hundredths; each time it is wrong it diverges, changes the question or is not seen.
    const scores = runs(400, (): Score[] => {
      const was = chance() < 0.9 ? 1 : 0
      const would = chance() < 0.84 ? 1 : 0
      const isAudited = chance() < 0.5
      const about = isAudited
        ? { probability: 0.5, policy: 'threshold(0.5, audit 0.5)' }
        : { probability: 1, policy: 'threshold(0.5, audit 0.5)' }
      if (isAudited && chance() >= 0.5) return [unseen(about)]
      if (would === 1) return [answered(was, 1, about)]
      return [{ metric: METRIC, path: 'folder', was, truth: 'people', lost: chance() < 0.5 ? 'diverged' : 'otherwise', ...about }]
    })
    const passes = (of: ReturnType<typeof runs>): number => (['better', 'not worse'].includes(judge(of, {}).verdict) ? 1 : 0)
    passed += passes(scores)
    passedWhenLeftOut += passes(scores.filter(({ scores: [score] }) => score?.lost === undefined))
  }
  // At 95 % confidence of the simulation itself, 5 % of 400 is at most 28.
  expect(passed).toBeLessThanOrEqual(28)
  expect(passedWhenLeftOut).toBeGreaterThan(SIMULATED * 0.9)
})

test('the bound on what a unit can weigh comes from the words of the policies, not from what was drawn', () => {
  const seen = runs(300, () => [answered(1, 1, { policy: 'threshold(0.5, audit 0.1)' })])
  expect(judge(seen, {}).metrics[0]).toMatchObject({ leastProbability: 0.1, verdict: 'inconclusive' })
  const elsewhere = new Map([['folder', new Set(['earned(maxError 0.05, confidence 0.95, audit 0.02, burn-in 100)'])]])
  expect(judge(seen, {}, elsewhere).metrics[0]?.leastProbability).toBe(0.02)
  const own = runs(300, (index) => [answered(1, 1, { policy: 'on tuesdays', probability: index % 2 === 0 ? 1 : 0.01 })])
  expect(judge(own, {}).metrics[0]).toMatchObject({ leastProbability: 0.05, unseeable: 150, graded: 150 })
  expect(judge(own, { leastProbability: 0.01 }).metrics[0]).toMatchObject({ leastProbability: 0.01, unseeable: 0 })
})
