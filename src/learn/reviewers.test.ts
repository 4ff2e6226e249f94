import { describe, expect, test } from 'vitest'
import { ManualClock } from '../clock.ts'
import type { NewCase } from '../journal/records.ts'
import type { CaseStore } from '../journal/store.ts'
import { openMemoryStore } from '../journal/stores/memory/memory.ts'
import { encode } from '../json.ts'
import { randomSource } from '../statistics/chance.ts'
import { readAnswers } from './answer-files.ts'
import { type PersonAnswer, reviewersOf, reviewersReport } from './reviewers.ts'

const said = (item: string, by: string, answer: string, more: Partial<PersonAnswer> = {}): PersonAnswer => ({
  item,
  by,
  answer,
  alone: true,
  ...more,
})

/** Three people of known error on items with a known truth. */
function team(items: number, errors: Readonly<Record<string, number>>): PersonAnswer[] {
  const random = randomSource('team')
  return Array.from({ length: items }, (_, item) => {
    const gold = random() < 0.3 ? 'spam' : 'list'
    return Object.entries(errors).map(([by, error]) =>
      said(`${item}`, by, random() < error ? (gold === 'spam' ? 'list' : 'spam') : gold, { gold, seconds: by.length }),
    )
  }).flat()
}

describe('the report on people', () => {
  test("finds each person's error without the truth, near what the truth says", () => {
    const report = reviewersReport(team(800, { ann: 0.03, bob: 0.1, cy: 0.25 }))
    expect(report).toMatchObject({ answers: 2400, items: 800, several: { n: 800 }, alone: { n: 800 } })
    for (const { error = 1, goldError = 0 } of report.reviewers) expect(Math.abs(error - goldError)).toBeLessThan(0.04)
    expect(report.error).toBeCloseTo(report.goldError ?? 0, 1)
    expect(report.likelyRight).toBeGreaterThan(0.95)
    expect(report.seconds).toBe(3)
    expect(report.reviewers.map(({ by, share }) => [by, share])).toEqual([
      ['ann', 1 / 3],
      ['bob', 1 / 3],
      ['cy', 1 / 3],
    ])
    expect(report.reviewers[2]?.seconds).toBe(2)
  })

  test('what disagreement proves is never more than the truth, and comes near half of it', () => {
    const report = reviewersReport(team(2000, { ann: 0.1, bob: 0.1 }))
    expect(report.alone.differing).toBeCloseTo(2 * 0.1 * 0.9, 1)
    expect(report.alone.errorAtLeast).toBeLessThan(report.goldError ?? 0)
    expect(report.alone.errorAtLeast).toBeGreaterThan(0.06)
  })

  test('answers given with the proposal in view prove nothing, and are told apart from those without', () => {
    const proposal = { answer: 'spam', shown: true }
    const report = reviewersReport([
      ...['1', '2', '3'].flatMap((item) => ['ann', 'bob'].map((by) => said(item, by, 'spam', { alone: false, proposal }))),
      said('4', 'ann', 'list', { proposal: { ...proposal, shown: false } }),
      said('4', 'bob', 'spam', { proposal: { ...proposal, shown: false } }),
    ])
    expect(report.alone).toMatchObject({ n: 1, differing: 1 })
    expect(report.alone.errorAtLeast).toBeLessThan(0.5)
    expect(report.agreedWithProposal).toEqual({ shown: { n: 6, agreed: 6 }, hidden: { n: 2, agreed: 1 } })
    expect(report.contested).toMatchObject([{ item: '4', answers: [{ by: ['ann'] }, { by: ['bob'] }] }])
  })

  test("somebody's second answer to an item takes the place of the first", () => {
    const report = reviewersReport([said('1', 'ann', 'spam'), said('1', 'ann', 'list'), said('1', 'bob', 'list')])
    expect(report).toMatchObject({ answers: 2, several: { n: 1, differed: 0 } })
  })

  test('has nothing to say where nobody answered twice, or at all, and where every answer is a text of its own', () => {
    expect(reviewersReport([])).toMatchObject({ answers: 0, alpha: undefined, error: undefined, reviewers: [], seconds: undefined })
    expect(reviewersReport([said('1', 'ann', 'a')])).toMatchObject({ error: undefined, alone: { n: 0, errorAtLeast: 0 } })
    const texts = Array.from({ length: 1500 }, (_, item) => ['ann', 'bob', 'cy'].map((by) => said(`${item}`, by, `${by} ${item}`))).flat()
    expect(reviewersReport(texts)).toMatchObject({ error: undefined, contested: [] })
  })

  test('counts the last week up to the newest answer', () => {
    const day = 86_400_000
    const report = reviewersReport([
      said('1', 'ann', 'a', { at: 0 }),
      said('2', 'ann', 'a', { at: 9 * day }),
      said('3', 'bob', 'a', { at: 10 * day }),
    ])
    expect(report.reviewers.map(({ by, lastWeek }) => [by, lastWeek])).toEqual([
      ['ann', 1],
      ['bob', 1],
    ])
  })
})

describe('the report of a decision', () => {
  const made: NewCase = { decision: 'folder', question: '"q"', answer: '"spam"', probability: 1, origin: 'escalation', by: 'ann' }

  async function store(cases: readonly NewCase[]): Promise<CaseStore> {
    const { cases: kept } = openMemoryStore({ clock: new ManualClock() })
    await kept.add(cases)
    return kept
  }

  test('reads who said what from its cases; a correction is nobody’s answer to a question', async () => {
    const cases = await store([
      {
        ...made,
        run: 'r1',
        path: 'folder',
        predicted: '"spam"',
        blind: true,
        answers: [
          { by: 'ann', at: 1, attentionMs: 4000 },
          { by: 'bob', at: 2, answer: '"list"' },
        ],
      },
      { ...made, run: 'r2', path: 'folder', predicted: '"spam"', answers: [{ by: 'ann', at: 3, attentionMs: 2000 }] },
      { ...made, run: 'r3', path: 'folder', origin: 'correction', by: 'lea' },
    ])
    expect(await reviewersOf(cases, 'folder')).toMatchObject({
      answers: 3,
      items: 2,
      several: { n: 1, differed: 1 },
      alone: { n: 1, differing: 1 },
      seconds: 3,
      agreedWithProposal: { shown: { n: 1, agreed: 1 }, hidden: { n: 2, agreed: 1 } },
      reviewers: [
        { by: 'ann', answers: 2 },
        { by: 'bob', answers: 1 },
      ],
    })
  })

  test('takes the same question from several people in a file as one item', async () => {
    const imported = (by: string, answer: string): NewCase => ({ ...made, origin: 'import', by, answer: encode(answer) })
    const cases = await store([imported('ann', 'spam'), imported('bob', 'list'), { ...imported('x', 'spam'), question: '"other"' }])
    expect(await reviewersOf(cases, 'folder')).toMatchObject({ answers: 3, items: 2, several: { n: 1, differed: 1 }, alone: { n: 1 } })
  })

  test('compares reviews by what became of them, not by the texts that people wrote', async () => {
    const edited = (text: string): string => encode({ outcome: 'edited', value: text })
    const answers = ['ann', 'bob'].map((by) => ({ by, at: 1, answer: edited(by) }))
    const cases = await store([{ ...made, run: 'r1', path: 'approve', policy: 'review', answer: edited('x'), answers }])
    expect(await reviewersOf(cases, 'folder')).toMatchObject({ several: { n: 1, differed: 0 } })
  })
})

describe('a file of answers', () => {
  test('says by its first row what is what, or is told', async () => {
    const expected = [{ item: '7', by: 'w1', answer: 'a', gold: 'b', seconds: 12, alone: true }]
    expect(await readAnswers(['worker,task,label,truth,seconds\nw1,7,a,b,12\n'])).toEqual(expected)
    expect(await readAnswers(['w1,7,a,b,12\n'], { columns: ['by', 'item', 'answer', 'gold', 'seconds'] })).toEqual(expected)
    expect(await readAnswers(['by;item;answer;note\nw1;7;a;x\n'])).toEqual([{ item: '7', by: 'w1', answer: 'a', alone: true }])
  })

  test.each([
    ['w1,7,a\nw2,8,b\n', /no column called item or question.* It has: w1, 7, a\. .*--columns by,item,answer/s],
    ['by,item,answer\nw1,7,\n', /^Row 2 \(line 2\) is no answer: answer is empty/],
    ['by,item,answer,seconds\nw1,7,a,2\nw1,8,a,soon\n', /^Row 3 \(line 3\) is no answer: "soon" is no number of seconds/],
    ['by,item,answer\n', /holds no answers/],
  ])('is refused at the row where it goes wrong: %j', async (text, message) => {
    await expect(readAnswers([text])).rejects.toThrow(message)
  })

  test('is refused when a row has another number of cells than there are names', async () => {
    await expect(readAnswers(['w1,7,a,b\n'], { columns: ['by', 'item', 'answer'] })).rejects.toThrow(/Row 1 .* 4 cells, and 3 columns/)
  })
})
