/**
 * The smallest probability of being asked, read back from what the policies themselves log.
 */
import { expect, test } from 'vitest'
import type { StepScope } from '../flow/definition.ts'
import { always, never, type Proposal, threshold } from './autonomy.ts'
import { earned } from './earned.ts'
import { leastProbabilityOf } from './least-probability.ts'

/** None of the policies without a memory looks at the scope. */
const scope = {} as StepScope

function proposal(confidence: number): Proposal {
  return {
    decision: 'sort',
    prediction: { answer: 'a', confidence, source: 'stated', version: '1' },
    seed: 'one',
    segment: undefined,
    scope,
  }
}

test.each([
  ['always', always(), 1],
  ['never', never(), 1],
  ['a threshold without audit', threshold(0.5), 1],
  ['a threshold with audit', threshold(0.5, { audit: 0.2 }), 0.2],
  ['a threshold with a tiny audit', threshold(0.123, { audit: 0.000_000_1 }), 0.000_000_1],
])('%s asks no more rarely than its words say', async (_name, policy, least) => {
  for (const confidence of [0, 0.4, 0.9, 1]) {
    const { probability, policy: words } = await policy.rule(proposal(confidence))
    expect(leastProbabilityOf(words)).toBe(least)
    expect(probability === 0 || probability >= least).toBe(true)
  }
})

test('earned says its audit, with and without segments', () => {
  for (const segments of [true, false]) expect(leastProbabilityOf(earned({ maxError: 0.05, audit: 0.07, segments }).policy)).toBe(0.07)
})

test('words of others say nothing', () => {
  expect(leastProbabilityOf('on tuesdays')).toBeUndefined()
  expect(leastProbabilityOf('threshold(0.5, audit often)')).toBeUndefined()
})
