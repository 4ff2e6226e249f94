/**
 * The learner in a trial: what it is taught, and what it says of the time it takes.
 */
import { expect, test } from 'vitest'
import type { Progress } from './proposer.ts'
import { trial } from './trial.ts'

const FILE = [
  'text,label',
  ...Array.from({ length: 120 }, (_, at) =>
    at % 2 === 0 ? `my card is lost and it is number ${at},card` : `how much is a loan of ${at},loan`,
  ),
].join('\n')

test('it begins with rows as if they were imported, learns on, and says how far it is', async () => {
  const progress: Progress[] = []
  const report = await trial([FILE], { format: 'csv', burnIn: 20, onProgress: (one) => progress.push(one) })
  expect(report.rows).toMatchObject({ learnedBefore: 60, decided: 60 })
  expect(report.proposer).toEqual({ kind: 'learner', name: 'learner', confidence: 'learner', learns: true })
  expect(report.settled).toEqual({ n: 30, errors: 0 })
  const deciding = progress.filter(({ doing }) => doing === 'deciding')
  expect(deciding.map(({ done }) => done)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1))
  expect(deciding.at(-1)?.secondsLeft).toBe(0)
  expect(progress.filter(({ doing }) => doing === 'reading texts').at(-1)).toMatchObject({ done: 120, total: 120 })
})

test('from nothing it has no proposal before it was taught, and people see those rows', async () => {
  const { standing, rows } = await trial([FILE], { format: 'csv', learnFirst: 0, burnIn: 20 })
  expect(rows.learnedBefore).toBe(0)
  expect(standing.proposed.n).toBe(115)
  expect(standing.seen).toBe(120)
})
