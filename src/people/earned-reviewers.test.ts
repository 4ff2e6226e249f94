import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ann, bob, cat, play } from '../../test/people/system.ts'
import type { CaseRecord } from '../journal/records.ts'
import { decode, encode } from '../json.ts'
import { randomSource } from '../statistics/chance.ts'
import { decision } from './decision.ts'
import { decisionRecord } from './decision-record.ts'
import { earned, ruling } from './earned.ts'
import { EarnedFold, policyOf } from './earned-fold.ts'

const TERMS = { maxError: 0.05, confidence: 0.95, audit: 0.1, burnIn: 100, segments: true } as const

interface People {
  /** How often each of them is wrong when nothing is shown to nod at. */
  readonly error: number
  readonly double: number
}

/** A good predictor, and people who accept whatever is proposed; where they are blind they answer by themselves. */
function noddingPeople(n: number, { error, double }: People): CaseRecord[] {
  const random = randomSource(`nodding ${error}`)
  const other = (right: boolean): string => encode(right ? 'spam' : 'list')
  return Array.from({ length: n }, (_, index) => {
    const blind = random() < double
    const given = Array.from({ length: blind ? 2 : 1 }, () => !blind || random() >= error)
    if (blind && given[0] !== given[1]) given.push(random() >= error)
    const right = given.filter(Boolean).length * 2 > given.length
    const answer = other(right)
    return {
      seq: index + 1,
      at: index,
      decision: 'folder',
      question: '"q"',
      predicted: encode('spam'),
      answer,
      confidence: random(),
      probability: 1,
      origin: 'escalation',
      version: 'v1',
      policy: policyOf(TERMS),
      epoch: 1,
      answers: given.map((one, who) => ({ by: `p${who}`, at: index, ...(other(one) !== answer && { answer: other(one) }) })),
      ...(blind && { blind: true as const }),
    }
  })
}

function fold(cases: readonly CaseRecord[]): EarnedFold {
  const made = new EarnedFold(TERMS)
  for (const one of cases) made.add(one)
  return made
}

describe('a promise and the people it is measured against', () => {
  test('people who nod certify anything; their blind answers show what that is worth, and the promise is refused', () => {
    const epoch = fold(noddingPeople(2000, { error: 0.15, double: 0.12 })).epochFor(undefined, 'v1')
    expect(epoch.threshold).toBeDefined()
    expect(epoch.reviewers).toMatchObject({ from: epoch.threshold, refused: true })
    const ruled = ruling(TERMS, epoch, 1, 0.99)
    expect(ruled).toMatchObject({ review: true, probability: 1, origin: 'escalation' })
    expect(ruled.detail?.['why']).toMatch(
      /^maxError 5 % promises more than people's own answers are worth: of \d+ questions with confidence 0\.\d+ or more that two people answered blind they differ on \d+, so at least \d+\.?\d* % of their answers are wrong there/,
    )
  })

  test('people who are right in what they promise lose nothing by being checked', () => {
    const epoch = fold(noddingPeople(1200, { error: 0.01, double: 0.25 })).epochFor(undefined, 'v1')
    expect(epoch.threshold).toBeDefined()
    expect(epoch.reviewers.refused).toBe(false)
    expect(epoch.reviewers.n).toBeGreaterThan(100)
    expect(ruling(TERMS, epoch, 1, 0.99)).toMatchObject({ review: false, probability: 0.1, origin: 'audit' })
  })

  test('only what two people answered blind counts, and only from the threshold on', () => {
    const cases = noddingPeople(300, { error: 0.3, double: 1 })
    const seen = cases.map(({ blind: _, ...one }) => one)
    expect(fold(seen).epochFor(undefined, 'v1').reviewers).toMatchObject({ n: 0, differed: 0, refused: false })
    const { reviewers } = fold(cases).epochFor(undefined, 'v1')
    expect(reviewers.n).toBe(cases.filter(({ confidence = 0 }) => confidence >= reviewers.from).length)
    const alike = cases.map((one) => ({
      ...one,
      answers: [
        { by: 'a', at: 0, answer: '{"a":1,"b":2}' },
        { by: 'b', at: 0, answer: '{"b":2,"a":1}' },
      ],
    }))
    expect(fold(alike).epochFor(undefined, 'v1').reviewers.differed).toBe(0)
  })

  test('people who come to agree earn the promise back', () => {
    const bad = noddingPeople(400, { error: 0.15, double: 0.5 })
    const good = noddingPeople(6000, { error: 0, double: 0.5 }).map((one) => ({ ...one, seq: one.seq + bad.length }))
    const made = fold(bad)
    const before = made.epochFor(undefined, 'v1').reviewers
    for (const one of good) made.add(one)
    const after = made.epochFor(undefined, 'v1').reviewers
    expect([before.refused, after.refused]).toEqual([true, false])
  })

  test('a running system: people who contradict each other are asked everything, and the record says why', async () => {
    const folder = decision({
      name: 'folder',
      question: z.object({ n: z.number() }),
      answer: z.enum(['spam', 'list']),
      predictor: { name: 'sure', predict: async () => ({ answer: 'spam', confidence: 0.9, source: 'recorded', version: 'v1' }) },
      people: { role: 'desk', double: 1 },
      autonomy: earned({ maxError: 0.2, burnIn: 20 }),
    })
    const system = await play('memory', (run, input) => run.decide(folder, z.object({ n: z.number() }).parse(input)))
    let why: unknown
    for (let n = 0; n < 12; n += 1) {
      await system.start(`r${n}`, { n })
      await system.inbox.answer(`r${n}:folder`, ann, 'spam')
      await system.inbox.answer(`r${n}:folder`, bob, 'list')
      await system.inbox.answer(`r${n}:folder`, cat, 'spam')
      await system.result(`r${n}`)
      why = decisionRecord.parse(decode((await system.last('folder', `r${n}`))?.record ?? '')).detail?.['why']
    }
    expect(why).toMatch(
      /^maxError 20 % promises more .*: of 11 questions that two people answered blind they differ on 11, so at least 50 %/,
    )
  })
})
