import { expect, test } from 'vitest'
import type { CaseRecord } from '../../journal/records.ts'
import { earned } from '../../people/earned.ts'
import { Desk } from './desk.ts'

const policy = earned({ maxError: 0.1, audit: 0.2 })

function decision(row: number) {
  return { row, line: row, text: `text ${row}`, answer: 'x', recorded: undefined, against: undefined, segments: [] }
}

test('what people saw becomes a case, with why they saw it; what stood alone teaches nobody', () => {
  const kept: CaseRecord[] = []
  const desk = new Desk({ policy, seed: '1', keep: (one) => kept.push(one) })
  const outcomes = Array.from({ length: 600 }, (_, at) =>
    desk.take(decision(at), { answer: 'x', confidence: ((at * 37) % 100) / 100, version: 'v' }),
  )
  const seen = outcomes.filter(({ isSeen }) => isSeen)
  expect(kept.map(({ question }) => JSON.parse(question))).toEqual(seen.map(({ decision: { text } }) => text))
  expect(seen.length).toBeLessThan(500)
  const certifiedAt = desk.segments[0]?.current.certified?.at ?? 0
  expect(kept.filter(({ at }) => at <= certifiedAt).every(({ origin, probability }) => origin === 'escalation' && probability === 1)).toBe(
    true,
  )
  const audits = kept.filter(({ origin }) => origin === 'audit')
  expect(audits.length).toBeGreaterThan(20)
  expect(audits.every(({ at, probability }) => at > certifiedAt && probability === 0.2)).toBe(true)
})

test('a decision without a proposal goes to people, and is no evidence', () => {
  const kept: CaseRecord[] = []
  const desk = new Desk({ policy, seed: '1', keep: (one) => kept.push(one) })
  expect(desk.take(decision(1), { answer: undefined, confidence: 0, version: 'v' })).toMatchObject({ isSeen: true, isRight: false })
  expect(kept).toMatchObject([{ seq: 1, origin: 'escalation', answer: '"x"' }])
  expect(desk.segments).toEqual([])
})
