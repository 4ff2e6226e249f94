import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ManualClock } from '../clock.ts'
import type { NewCase } from '../journal/records.ts'
import type { CaseStore } from '../journal/store.ts'
import { openMemoryStore } from '../journal/stores/memory/memory.ts'
import { never, threshold } from './autonomy.ts'
import { autonomyReports } from './autonomy-report.ts'
import { decision } from './decision.ts'
import { earned } from './earned.ts'
import { policyOf, termsIn } from './earned-fold.ts'

const policy = earned({ maxError: 0.05 })
const made = (more: Partial<NewCase> = {}): NewCase => ({
  decision: 'folder',
  question: '"q"',
  answer: '"spam"',
  predicted: '"spam"',
  confidence: 0.9,
  probability: 1,
  origin: 'escalation',
  version: 'v1',
  policy: policy.policy,
  epoch: 1,
  ...more,
})
const times = (n: number, more: (index: number) => Partial<NewCase>): NewCase[] =>
  Array.from({ length: n }, (_, index) => made(more(index)))
/** Enough of them to certify every threshold; then as many audits as are asked for. */
const certified = (audits: number): NewCase[] => [
  ...times(100, (index) => ({ confidence: (index + 1) / 100 })),
  ...times(300, () => ({ confidence: 0.99 })),
  ...times(audits, () => ({ confidence: 0.99, origin: 'audit', probability: 0.1 })),
]

async function store(cases: readonly NewCase[]): Promise<{ cases: CaseStore }> {
  const kept = openMemoryStore({ clock: new ManualClock() })
  await kept.cases.add(cases)
  return kept
}

async function reportOf(cases: readonly NewCase[], autonomy?: Parameters<typeof decision>[0]['autonomy']) {
  const folder = decision({
    name: 'folder',
    question: z.string(),
    answer: z.string(),
    predictor: { name: 'p', predict: async () => ({ answer: 'spam', confidence: 1, source: 'recorded', version: 'v1' }) },
    people: { role: 'desk' },
    ...(autonomy !== undefined && { autonomy }),
  })
  const decisions = autonomy === undefined ? new Map() : new Map([['folder', folder]])
  const [report] = await autonomyReports({ store: await store(cases), decisions }, 'folder')
  if (report === undefined) throw new Error('There is no report.')
  return report
}

describe('a report on autonomy', () => {
  test('needs no code: the words of a policy say its terms, and its cases the rest', async () => {
    const report = await reportOf([...certified(30), made({ origin: 'correction' }), made({ origin: 'import' })])
    expect(report).toMatchObject({
      decision: 'folder',
      policy: policy.policy,
      promise: policy.promise,
      terms: policy.terms,
      cases: { total: 432, escalation: 400, audit: 30, correction: 1, import: 1 },
      checked: { n: 30, errors: 0 },
      refused: [],
    })
    const kept = (await store(certified(30))).cases
    expect(report.state?.segments).toEqual((await policy.state(kept, 'folder')).segments)
    expect(report.alone).toBeCloseTo(0.9)
    expect(report.load?.[0]).toMatchObject({ share: 1 })
  })

  test('shows the policy that is in force, whatever ruled before', async () => {
    const report = await reportOf(certified(0), earned({ maxError: 0.02 }))
    expect(report.policy).toContain('maxError 0.02')
    expect(report.state?.segments).toEqual([])
    const last = await reportOf([
      ...certified(0),
      made({ policy: 'threshold(0.9, audit 0.2)', origin: 'audit', probability: 0.2, answer: '"list"' }),
    ])
    expect(last).toMatchObject({ policy: 'threshold(0.9, audit 0.2)', terms: undefined, checked: { n: 1, errors: 1 } })
    expect(last.promise).toContain('set by hand')
    expect(last.alone).toBeCloseTo(0.8)
  })

  test('does not guess at what nobody sees', async () => {
    const blind = { policy: 'threshold(0.9)', confidence: 0.3 }
    expect(await reportOf(times(9, () => blind))).toMatchObject({ load: undefined, alone: undefined, escalated: { n: 9, errors: 0 } })
    expect(
      (
        await reportOf(
          times(9, () => blind),
          threshold(0.9),
        )
      ).alone,
    ).toBeUndefined()
    expect((await reportOf([], never())).promise).toContain('Nobody looks')
  })

  test('says why a promise is refused', async () => {
    const answers = [
      { by: 'ann', at: 1 },
      { by: 'bob', at: 1, answer: '"list"' },
    ]
    const report = await reportOf([...certified(0), ...times(60, () => ({ confidence: 0.99, blind: true as const, answers }))])
    expect(report.refused).toMatchObject([{ segment: undefined, why: expect.stringMatching(/promises more .* they differ on 60/) }])
  })

  test('is there for every decision that has cases or is registered, by name; for an unknown one it is empty', async () => {
    const kept = await store([made({ decision: 'b' }), made({ decision: 'a' })])
    const c = decision({ name: 'c', question: z.string(), answer: z.string(), people: { role: 'desk' } })
    const reports = await autonomyReports({ store: kept, decisions: new Map([['c', c]]) })
    expect(reports.map((one) => [one.decision, one.cases.total])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 0],
    ])
    expect(await autonomyReports({ store: kept }, 'd')).toMatchObject([{ decision: 'd', policy: undefined, load: [] }])
  })
})

test('the words of a policy and its terms say the same', () => {
  for (const terms of [policy.terms, earned({ maxError: 0.001, confidence: 0.999, audit: 1, burnIn: 20, segments: false }).terms])
    expect(termsIn(policyOf(terms))).toEqual(terms)
  expect(termsIn('threshold(0.9)')).toBeUndefined()
})
