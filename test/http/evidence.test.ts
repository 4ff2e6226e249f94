import { expect, test } from 'vitest'
import { z } from 'zod'
import { always } from '../../src/autonomy.ts'
import { decision, type Rondo } from '../../src/index.ts'
import { encode } from '../../src/json.ts'
import { type Stage, stage } from './stage.ts'

const ANSWERS = ['personal', 'list', 'spam'] as const
const about = { question: z.object({ subject: z.string() }), answer: z.enum(ANSWERS), autonomy: always() }
const folder = decision({ ...about, name: 'folder', people: { role: 'desk', double: 0.2 } })
const urgency = decision({ ...about, name: 'urgency', people: { role: 'desk' } })

type Given = Parameters<Rondo['store']['cases']['add']>[0][number]

function given(subject: string, answer: string, rest: Partial<Given> = {}): Given {
  return {
    decision: 'folder',
    question: encode({ subject }),
    answer: encode(answer),
    probability: 1,
    origin: 'audit',
    policy: 'always',
    by: 'ann',
    ...rest,
  }
}

async function desk(): Promise<Stage> {
  const made = await stage({ flows: [], decisions: [folder, urgency] })
  await made.rondo.store.cases.add([
    given('Lunch on Friday', 'personal', { predicted: encode('personal'), confidence: 0.9, segment: 'de' }),
    given('You won', 'spam', { predicted: encode('list'), confidence: 0.6, segment: 'fr', origin: 'escalation' }),
    given('Weekly digest', 'list', { decision: 'urgency', origin: 'import' }),
    given('Lunch again', 'personal', { predicted: encode('spam'), segment: 'de', by: 'bob' }),
  ])
  return made
}

const Page = z.object({
  items: z.array(z.looseObject({ seq: z.number(), question: z.object({ subject: z.string() }) })),
  next: z.string().optional(),
})

test('cases are found of one decision or all, by origin, segment, text and disagreement, newest first, a page at a time', async () => {
  const { ask } = await desk()
  const page = async (query: string): Promise<z.output<typeof Page>> => Page.parse((await ask(`/api/cases?${query}`)).body)
  const subjects = async (query: string): Promise<string[]> => (await page(query)).items.map(({ question }) => question.subject)
  expect(await subjects('')).toEqual(['Lunch on Friday', 'You won', 'Weekly digest', 'Lunch again'])
  expect(await subjects('decision=folder&order=newest')).toEqual(['Lunch again', 'You won', 'Lunch on Friday'])
  expect(await subjects('origin=import')).toEqual(['Weekly digest'])
  expect(await subjects('segment=de')).toEqual(['Lunch on Friday', 'Lunch again'])
  expect(await subjects('differs=true')).toEqual(['You won', 'Lunch again'])
  expect(await subjects('differs=false')).toEqual(['Lunch on Friday'])
  expect(await subjects('q=LUNCH&differs=true')).toEqual(['Lunch again'])
  expect(await subjects('q=bob')).toEqual(['Lunch again'])
  const first = await page('q=lunch&order=newest&limit=1')
  expect(first.items.map(({ question }) => question.subject)).toEqual(['Lunch again'])
  expect(await subjects(`q=lunch&order=newest&limit=1&after=${first.next}`)).toEqual(['Lunch on Friday'])
  expect(await subjects(`order=newest&limit=2&after=${first.items[0]?.seq}`)).toEqual(['Weekly digest', 'You won'])
  expect(await ask('/api/cases?origin=rumour')).toMatchObject({ status: 400, body: { error: { code: 'invalid_input' } } })
  expect(await ask('/api/cases?differs=perhaps')).toMatchObject({ status: 400 })
})

test('one case is read by its number, with what each person said', async () => {
  const { ask, rondo } = await desk()
  await rondo.store.cases.add([
    given('Which?', 'list', {
      blind: true,
      answers: [
        { by: 'ann', at: 0, attentionMs: 900 },
        { by: 'bob', at: 1000, answer: encode('spam') },
      ],
    }),
  ])
  const [newest] = Page.parse((await ask('/api/cases?order=newest&limit=1')).body).items
  expect(await ask(`/api/cases/${newest?.seq}`)).toMatchObject({
    status: 200,
    body: {
      question: { subject: 'Which?' },
      answer: 'list',
      blind: true,
      answers: [
        { by: 'ann', at: '1970-01-01T00:00:00.000Z', attentionMs: 900 },
        { by: 'bob', at: '1970-01-01T00:00:01.000Z', answer: 'spam' },
      ],
    },
  })
  for (const none of ['999999', '0', '-1', 'x', '1.5']) expect(await ask(`/api/cases/${none}`)).toMatchObject({ status: 404 })
})

test('the people behind a decision: agreement, likely errors, time, and what they differ on', async () => {
  const { ask, rondo } = await desk()
  const said = (answers: readonly [string, string, string]): Partial<Given> => ({
    blind: true,
    answers: ['ann', 'bob', 'cleo'].map((by, index) => ({ by, at: index, attentionMs: 2000, answer: encode(answers[index]) })),
  })
  const all = ['personal', 'list', 'spam'] as const
  const asked = Array.from({ length: 30 }, (_, index) => {
    const right = all[index % 3] ?? 'spam'
    const odd = index % 5 === 0 ? (all[(index + 1) % 3] ?? 'spam') : right
    return given(`mail ${index}`, right, { predicted: encode(right), run: 'r', path: `folder[${index}]`, ...said([right, odd, right]) })
  })
  await rondo.store.cases.add(asked)
  const { status, body } = await ask('/api/decisions/folder/reviewers')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    decision: 'folder',
    double: 0.2,
    answers: 90,
    items: 30,
    several: { n: 30, differed: 6 },
    alone: { n: 30 },
    refused: [],
  })
  const report = z
    .looseObject({ alpha: z.number(), seconds: z.number(), reviewers: z.array(z.looseObject({ by: z.string(), error: z.number() })) })
    .parse(body)
  expect(report.alpha).toBeGreaterThan(0.7)
  expect(report.alpha).toBeLessThan(1)
  expect(report.seconds).toBe(2)
  const errorOf = (name: string): number => report.reviewers.find(({ by }) => by === name)?.error ?? Number.NaN
  expect(errorOf('bob')).toBeGreaterThan(0.1)
  expect(errorOf('ann')).toBeLessThan(0.05)
  expect(body).toMatchObject({
    contested: expect.arrayContaining([
      expect.objectContaining({ item: 'r:folder[0]', likely: expect.objectContaining({ answer: 'personal' }) }),
    ]),
  })
  expect(await ask('/api/decisions/urgency/reviewers')).toMatchObject({ status: 200, body: { several: { n: 0, differed: 0 } } })
  expect(await ask('/api/decisions/none/reviewers')).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  expect(await ask('/api/decisions/folder/reviewers', { token: false })).toMatchObject({ status: 401 })
})
