import { expect, test } from 'vitest'
import type { DecisionDetail } from '../../console/src/api/documents.ts'
import { answersMissing, type Epoch, evidence, missingText, progressOf } from '../../console/src/pages/decisions/certificate-words.ts'
import { kindOf, latelyText, said, standingOf } from '../../console/src/pages/decisions/sentences.ts'
import { columnOf, gridOf, namesOfMoments, niceTop, stretchAt } from '../../console/src/parts/chart-scale.ts'
import { Bets } from '../../src/statistics/betting.ts'

const NONE = { n: 0, wrong: 0, low: 0, high: 1 }
const detail = (more: Partial<DecisionDetail> = {}): DecisionDetail => ({
  name: 'folder',
  title: 'Which folder?',
  policy: 'threshold',
  promise: 'A proposal stands alone at a confidence of 0.9 or more. The threshold was set by hand and carries no guarantee.',
  predictor: 'sorter',
  cases: 10,
  load: [],
  loadFrom: 'cases',
  alarms: 0,
  state: null,
  terms: null,
  refused: [],
  origins: {},
  error: { points: [], all: NONE, alone: NONE },
  segments: [],
  confusion: { labels: [], rows: [] },
  ...more,
})
const epoch = (more: Partial<Epoch> = {}): Epoch => ({
  epoch: 1,
  version: 'v1',
  began: 'start',
  delta: 0.03,
  burnIn: { labelled: 100, needed: 100 },
  certificates: [],
  audits: { n: 0, errors: 0, value: 0, limit: 1000 },
  reviewers: { from: 0, n: 0, differed: 0, eValue: 1, needed: 20, refused: false },
  ...more,
})
const terms = { maxError: 0.05, confidence: 0.95, audit: 0.1, burnIn: 100, segments: true }
const withEpoch = (current: Epoch): DecisionDetail =>
  detail({ policy: 'earned(maxError 0.05)', terms, state: { policy: '', segments: [{ current, epochs: [current] }], alarms: [] } })

test('a policy is known by its words', () => {
  expect(kindOf({ policy: 'earned(maxError 0.05, …)' })).toBe('earned')
  expect(kindOf({ policy: 'threshold(0.9, audit 0.1)' })).toBe('threshold')
  expect(kindOf({ policy: 'always' })).toBe('always')
  expect(kindOf({ policy: 'people only' })).toBe('people')
  expect(kindOf({ policy: 'house rules' })).toBe('other')
})

test('a threshold set by hand says its level, and that nobody checks it, or what checks say', () => {
  expect(said(detail())).toMatchObject({
    tone: 'warn',
    headline: 'Stands alone when the model is at least 90 % sure. Somebody chose that number: nothing is promised.',
    more: ['Nobody checks what stands alone, so nobody knows how often it is wrong.'],
    next: expect.stringContaining('threshold(…, { audit: 0.1 })'),
  })
  const alone = { n: 40, wrong: 1, share: 0.025, low: 0, high: 0.1434 }
  const checked = said(detail({ policy: 'threshold(0.95, audit 0.1)', error: { points: [], all: alone, alone } }))
  expect(checked.headline).toContain('at least 95 % sure')
  expect(checked.more).toEqual(['Of 40 random checks of it, 1 was wrong: as far as they go, at most 14.3 %.'])
})

test('one without a promise, and one without a proposal, say so', () => {
  expect(said(detail({ policy: 'never' })).headline).toBe('Every proposal stands alone, however unsure.')
  expect(said(detail({ policy: 'always', cases: 0 })).headline).toContain('none of their answers is here yet')
  expect(said(detail({ policy: 'people only' })).headline).toContain('nothing is proposed')
  expect(said(detail({ policy: 'house rules', promise: 'Ask the author.' })).headline).toBe('Ask the author.')
})

test('before certification it says what is there and what is missing, after an alarm what went wrong', () => {
  expect(said(withEpoch(epoch({ burnIn: { labelled: 42, needed: 100 } }))).more).toEqual([
    '42 of the 100 answers that set the thresholds are there.',
  ])
  const one = { tau: 0.9312, share: 0.4, n: 60, errors: 1, eValue: 4.2, needed: 32.9, certified: false }
  expect(missingText(epoch({ certificates: [one] }))).toBe(
    'The first threshold (93.1 % sure) has evidence 4.2 of the 33 it needs, from 60 answers with 1 error.',
  )
  expect(missingText(epoch({ certificates: [{ ...one, certified: true }], threshold: 0.9312 }))).toContain('Every threshold is certified')
  expect(said(withEpoch(epoch({ began: 'version', certificates: [one] }))).more[0]).toContain('The predictor is new')
  expect(said(withEpoch(epoch({ began: 'drift' }))).tone).toBe('bad')
  expect(said(detail({ policy: 'earned', terms, state: { policy: '', segments: [], alarms: [] } })).headline).toContain('no answer yet')
})

test('the fewest right answers that are missing are never more than it takes', () => {
  for (const maxError of [0.01, 0.05, 0.2]) {
    const bets = new Bets(6)
    const needed = 33
    for (let given = 0; given < 5; given += 1) bets.add(maxError, 1 - maxError)
    const least = answersMissing({ eValue: bets.best, needed }, maxError)
    let took = 0
    while (bets.best < needed) {
      bets.add(maxError, 1 - maxError)
      took += 1
    }
    expect(least).toBeLessThanOrEqual(took)
    expect(least).toBeGreaterThan(took / 4)
  }
})

test('the way to a certificate is told on a log scale, from nothing to all of it', () => {
  expect(progressOf({ eValue: 0.4, needed: 20 })).toBe(0)
  expect(progressOf({ eValue: Math.sqrt(20), needed: 20 })).toBeCloseTo(0.5)
  expect(progressOf({ eValue: 1e300, needed: 20 })).toBe(1)
  expect([0.71, 4.26, 77.3, 324.4, 1e300].map(evidence)).toEqual(['0.71', '4.3', '77', '324', '1 × 10^300'])
})

test('what stood alone lately is a sentence', () => {
  const lately = { from: '', to: '', decisions: 203.6, seen: 77, share: 0.38 }
  expect(latelyText(detail({ lately, standingAlone: 0.62 }))).toBe('About 62 % of the last 204 stood alone.')
  expect(latelyText(detail({ lately, standingAlone: 0.62, loadFrom: 'journals' }))).toBe('62 % of the last 204 stood alone.')
  expect(latelyText(detail({ lately, standingAlone: 0 }))).toBe('People saw all of the last 204.')
  expect(latelyText(detail())).toBeUndefined()
})

test('how it stands is one word', () => {
  expect(standingOf(detail({ standing: 'alarmed' }))).toEqual({ tone: 'bad', text: 'alarm' })
  expect(standingOf(detail({ policy: 'never' })).text).toBe('unchecked')
  expect(standingOf(detail({ policy: 'always' })).text).toBe('people decide')
})

test('scales end at round shares, and show all there is', () => {
  expect([0, 0.02, 0.021, 0.15, 0.31, 0.7].map(niceTop)).toEqual([0.02, 0.02, 0.05, 0.2, 0.5, 1])
  expect(gridOf(1)).toEqual([0, 0.5, 1])
  expect(columnOf(2, 4, 200)).toEqual({ x: 100, width: 50 })
})

test('a moment falls into the stretch that had begun, and is named by its day, or its time within one', () => {
  const stretches = ['2026-01-01', '2026-02-01', '2026-03-01'].map((day) => ({ from: `${day}T00:00:00.000Z` }))
  expect(stretchAt(stretches, '2026-02-14T00:00:00.000Z')).toBe(1)
  expect(stretchAt(stretches, '2025-12-31T00:00:00.000Z')).toBeUndefined()
  expect(namesOfMoments('2026-01-01T12:00:00Z', '2026-03-01T12:00:00Z', 'en-GB')('2026-02-14T12:00:00Z')).toBe('14 Feb')
  expect(namesOfMoments('2026-01-01T12:00:00Z', '2026-01-01T13:00:00Z', 'en-GB')('2026-01-01T12:30:00Z')).toMatch(/1 Jan.*\d\d:\d\d/)
  expect(namesOfMoments('2025-12-01T12:00:00Z', '2026-03-01T12:00:00Z', 'en-GB')('2026-02-14T12:00:00Z')).toBe('14 Feb 2026')
})
