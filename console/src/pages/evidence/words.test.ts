import { expect, test } from 'vitest'
import type { MetricReport, Report } from './documents.ts'
import { adviceWords, changeWords, pointsWords, selectionWords, signed, verdictSentence } from './words.ts'

type Overall = MetricReport['overall']

const paired = (verdict: Overall['verdict'], mean: number, low: number, high: number, n = 412): Overall => ({
  verdict,
  n,
  wins: 0,
  losses: 0,
  ties: n,
  mean,
  low,
  high,
  eValues: { notWorse: 1, worse: 1, better: 1 },
  needed: 20,
})
const metric = (overall: Overall, rest: Partial<MetricReport> = {}): MetricReport => ({
  metric: 'decision queue',
  verdict: overall.verdict,
  blockedBy: [],
  overall,
  segments: [],
  graded: overall.n,
  unseen: 0,
  unseeable: 0,
  lost: 0,
  lostBecause: {},
  leastProbability: 1,
  ...rest,
})
const RUNS: Report['runs'] = { selected: 412, replayed: 412, again: 0, left: 0, leftOut: {}, unfinished: 0, troubled: [] }
const report = (
  metrics: readonly MetricReport[],
  rest: Partial<Report> = {},
): Pick<Report, 'verdict' | 'blockedBy' | 'metrics' | 'selection' | 'runs'> => ({
  verdict: metrics[0]?.verdict ?? 'inconclusive',
  blockedBy: [],
  selection: {},
  runs: RUNS,
  metrics,
  ...rest,
})

test('a verdict is a sentence with its bound, its confidence and what it is over', () => {
  const said = (overall: Overall): string => verdictSentence(report([metric(overall)]))
  expect(said(paired('not worse', 0.001, -0.012, 0.03))).toBe('Not worse: at most 1.2 points worse with 95 % confidence, over 412 runs.')
  expect(said(paired('not worse', 0.02, 0.001, 0.03))).toBe('Not worse: no worse at all with 95 % confidence, over 412 runs.')
  expect(said(paired('better', 0.05, 0.031, 0.08))).toBe('Better: at least 3.1 points better with 95 % confidence, over 412 runs.')
  expect(said(paired('worse', -0.2, -0.3, -0.1, 1))).toBe('Worse: at least 10 points worse with 95 % confidence, over 1 run.')
  expect(said(paired('inconclusive', 0, -0.05, 0.04))).toBe(
    'Inconclusive: anything from 5 points worse to 4 points better with 95 % confidence, over 412 runs.',
  )
})

test('what is lost counts against the change below, and for it above', () => {
  const metrics = [
    metric(paired('inconclusive', -0.2, -0.3, -0.1), { lost: 90, ifLostWereRight: paired('inconclusive', 0.02, -0.05, 0.06) }),
  ]
  expect(verdictSentence(report(metrics))).toBe(
    'Inconclusive: anything from 30 points worse to 6 points better with 95 % confidence, over 412 runs.',
  )
})

test('where the test says more than the interval, no bound is claimed that the interval does not have', () => {
  const said = (overall: Overall): string => verdictSentence(report([metric(overall)]), { margin: 0.02, alpha: 0.1 })
  expect(said(paired('not worse', -0.001, -0.028, 0.02))).toBe('Not worse: at most 2 points worse with 90 % confidence, over 412 runs.')
  expect(said(paired('worse', -0.05, -0.09, -0.01))).toBe(
    'Worse: more than the 2 points that are allowed, with 90 % confidence, over 412 runs.',
  )
  expect(said(paired('better', 0.02, -0.001, 0.05))).toBe('Better: better with 90 % confidence, by 2 points as it was seen, over 412 runs.')
})

test('of several metrics the one that the verdict hangs on is named', () => {
  const metrics = [metric(paired('better', 0.1, 0.05, 0.2)), metric(paired('not worse', 0, -0.01, 0.02), { metric: 'measure quality' })]
  expect(verdictSentence(report(metrics, { verdict: 'not worse' }))).toBe(
    'Not worse: at most 1 point worse with 95 % confidence, over 412 runs, by measure “quality”.',
  )
})

test('segments that block are named, with how much worse they are', () => {
  const blocked = metric(paired('not worse', 0, -0.01, 0.02), {
    verdict: 'worse',
    blockedBy: ['de'],
    segments: [{ segment: 'de', ...paired('worse', -0.3, -0.5, -0.1, 40) }],
  })
  expect(verdictSentence(report([blocked], { verdict: 'worse', blockedBy: [{ metric: 'decision queue', segment: 'de' }] }))).toMatch(
    /^Worse in “de” \(decision “queue”, 30 points worse over 40 runs\)\. A segment that is worse stops the change/,
  )
})

test('no verdict is claimed where there is none', () => {
  const metrics = [metric(paired('inconclusive', 0, -1, 1))]
  expect(verdictSentence(report(metrics, { selection: { of: 'must-pass' } }))).toMatch(/^No verdict: these runs are no random sample/)
  expect(verdictSentence(report(metrics, { selection: { runs: ['a'] } }))).toMatch(/^No verdict: these runs are no random sample/)
  expect(verdictSentence(report([]))).toMatch(/^No verdict: nothing here tells better from worse/)
  expect(verdictSentence(report(metrics, { runs: { ...RUNS, replayed: 0 } }))).toBe('No verdict: no run was tried.')
})

test('what would decide it is said only where more evidence would', () => {
  const open = [metric(paired('inconclusive', 0, -1, 1))]
  expect(adviceWords(report(open), 0.02)).toContain('more runs that people answered')
  expect(adviceWords(report(open, { selection: { of: 'must-pass' } }), 0.02)).toBeUndefined()
  expect(adviceWords(report([metric(paired('better', 0.1, 0.05, 0.2))]), 0.02)).toBeUndefined()
})

test('changes and selections are read as a line', () => {
  expect(changeWords({ prompts: { reply: 'x' } })).toBe('Another text of reply')
  expect(changeWords({ models: { sort: 'openai/gpt-5-mini' }, steps: ['parse'] })).toBe('Sort on openai/gpt-5-mini, other work in parse')
  expect(changeWords({ code: true })).toBe('The code as it is here')
  expect(selectionWords({})).toBe('all runs')
  expect(selectionWords({ flow: 'tickets', sample: 50, seed: '7', from: '2026-01-02T00:00:00.000Z' })).toBe(
    '50 runs of tickets since 2026-01-02, drawn at random (seed 7)',
  )
  expect(selectionWords({ of: 'must-pass', segment: 'de' })).toBe('runs that must pass in segment de')
})

test('differences have a direction', () => {
  expect([pointsWords(-0.031), pointsWords(0.01), pointsWords(0.0001)]).toEqual(['3.1 points worse', '1 point better', 'no difference'])
  expect([signed(0.031), signed(-0.2), signed(0), signed(0.0001)]).toEqual(['+3.1', '−20.0', '0.0', '0.0'])
})
