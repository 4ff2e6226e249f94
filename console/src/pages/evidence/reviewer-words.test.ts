import { expect, test } from 'vitest'
import type { Reviewers } from './documents.ts'
import { alphaWord, remarks } from './reviewer-words.ts'

const report: Reviewers = {
  decision: 'queue',
  answers: 90,
  items: 30,
  several: { n: 30, differed: 6 },
  alone: { n: 30, errorAtLeast: 0.016, differing: 0.161 },
  agreedWithProposal: { shown: { n: 0, agreed: 0 }, hidden: { n: 0, agreed: 0 } },
  reviewers: [],
  contested: [],
  refused: [],
}
const said = (change: Partial<Reviewers>): string[] => remarks({ ...report, ...change }).map(({ text }) => text)

test('α is read as Krippendorff reads it', () => {
  expect([0.9, 0.8, 0.7, 0.5].map((alpha) => alphaWord(alpha).word)).toEqual([
    'reliable',
    'reliable',
    'good enough for tentative conclusions',
    'too low to rely on',
  ])
})

test('what disagreement proves is said, and nothing where it proves nothing', () => {
  expect(said({})).toEqual([
    'At least 1.6 % of the answers are wrong, whatever the truth is (95 %): two people who answer by themselves differ on 16.1 %.',
  ])
  expect(said({ alone: { n: 30, errorAtLeast: 0 } })).toEqual([])
})

test('where nobody answered twice it is said how to ask twice, or that it is asked', () => {
  const none = { several: { n: 0, differed: 0 }, alone: { n: 0, errorAtLeast: 0 } }
  expect(said(none)[0]).toMatch(/so nothing is known of how right they are. Put a share/)
  expect(said({ ...none, double: 0.1 })[0]).toMatch(/none has been answered by both yet/)
  expect(said({ several: { n: 1, differed: 0 }, alone: none.alone })[0]).toMatch(/^Only 1 question was answered by two people/)
})

test('a refused promise comes first, as a sentence', () => {
  const [first] = remarks({ ...report, refused: [{ segment: 'de', why: 'people are wrong more often than that' }] })
  expect(first).toEqual({ tone: 'bad', text: 'In segment de: People are wrong more often than that.' })
})

test('people who say what they see more often than people who do not see it may be nodding', () => {
  const counts = (shown: number, hidden: number): Reviewers['agreedWithProposal'] => ({
    shown: { n: 50, agreed: shown },
    hidden: { n: 50, agreed: hidden },
  })
  const quiet = { alone: { n: 0, errorAtLeast: 0 } }
  expect(remarks({ ...report, ...quiet, agreedWithProposal: counts(48, 30) })[0]).toMatchObject({
    tone: 'warn',
    text: expect.stringContaining('people who nod'),
  })
  expect(remarks({ ...report, ...quiet, agreedWithProposal: counts(48, 46) })[0]).toMatchObject({ tone: 'plain' })
  expect(said({ ...quiet, agreedWithProposal: { shown: { n: 0, agreed: 0 }, hidden: { n: 180, agreed: 125 } } })).toEqual([
    'People said what was proposed in 69.4 % of 180 answers, without seeing it.',
  ])
})

test('nobody has answered: there is nothing to say', () => {
  expect(said({ answers: 0 })).toEqual([])
})
