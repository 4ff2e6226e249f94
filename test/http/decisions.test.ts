import { expect, test } from 'vitest'
import { z } from 'zod'
import { always, earned, never } from '../../src/autonomy.ts'
import { decisionDetailDocument } from '../../src/http/decision-documents.ts'
import { type DecisionOptions, decision, flow, type Rondo } from '../../src/index.ts'
import { type Stage, stage } from './stage.ts'

const ABOUT = {
  question: z.object({ subject: z.string() }),
  answer: z.enum(['personal', 'list', 'spam']),
  people: { role: 'desk' },
  predictor: {
    name: 'by subject',
    predict: async () => ({ answer: 'spam', confidence: 0.6, source: 'stated', version: 'v1' }),
  },
} satisfies Partial<DecisionOptions<{ subject: string }, 'personal' | 'list' | 'spam'>>
const policy = earned({ maxError: 0.05 })
const folder = decision({ ...ABOUT, name: 'folder', title: 'Which folder?', autonomy: policy })
const unseen = decision({ ...ABOUT, name: 'unseen', autonomy: never() })
const urgency = decision({ ...ABOUT, name: 'urgency', autonomy: always() })
const sorting = flow({
  name: 'sorting',
  input: z.object({ subject: z.string() }),
  output: z.string(),
  run: async (run, input) => (await run.decide(unseen, input)).value,
})

type NewCase = Parameters<Rondo['store']['cases']['add']>[0][number]
const given = (more: Partial<NewCase> = {}): NewCase => ({
  decision: 'folder',
  question: '{"subject":"s"}',
  answer: '"spam"',
  predicted: '"spam"',
  confidence: 0.99,
  probability: 1,
  origin: 'escalation',
  version: 'v1',
  policy: policy.policy,
  epoch: 1,
  at: Date.UTC(2026, 0, 1),
  ...more,
})
const times = (n: number, more: (index: number) => Partial<NewCase>): NewCase[] =>
  Array.from({ length: n }, (_, index) => given(more(index)))
const audit = { origin: 'audit', probability: 0.1, at: Date.UTC(2026, 1, 1) } as const
const certified = [...times(100, (index) => ({ confidence: (index + 1) / 100 })), ...times(300, () => ({}))]

async function desk(
  cases: readonly NewCase[],
): Promise<Stage & { detail(name: string): Promise<z.output<typeof decisionDetailDocument>> }> {
  const made = await stage({ flows: [sorting], decisions: [folder, unseen, urgency] })
  await made.rondo.store.cases.add(cases)
  return {
    ...made,
    // Strictly: what is sent beyond the document, or is missing from it, is an error.
    detail: async (name) => decisionDetailDocument.strict().parse((await made.ask(`/api/decisions/${name}`)).body),
  }
}

test('a decision that has earned its autonomy says on what evidence, and what people are left with', async () => {
  const { detail } = await desk([...certified, ...times(40, (index) => ({ ...audit, ...(index === 0 && { answer: '"list"' }) }))])
  const one = await detail('folder')
  expect(one).toMatchObject({ title: 'Which folder?', standing: 'certified', loadFrom: 'cases', cases: 440, alarms: 0, refused: [] })
  expect(one.terms).toMatchObject({ maxError: 0.05, confidence: 0.95, audit: 0.1 })
  expect(one.origins).toEqual({ escalation: 400, audit: 40 })
  const [segment] = one.state?.segments ?? []
  expect(segment?.current).toMatchObject({
    epoch: 1,
    began: 'start',
    since: { at: '2026-01-01T00:00:00.000Z' },
    audits: { n: 40, errors: 1 },
  })
  expect(segment?.current.certificates[0]).toMatchObject({ certified: true, errors: 1 })
  expect(segment?.current.threshold).toBeGreaterThan(0)
  // 20 of the newest audits stand for 200 decisions, of which people saw these 20.
  expect(one.lately).toMatchObject({ seen: 20 })
  expect(one.lately?.decisions).toBeCloseTo(200)
  expect(one.standingAlone).toBeCloseTo(0.9)
  expect(one.load.at(-1)?.share).toBeCloseTo(0.1)
})

test('errors are weighed by how likely people were to see them, with counts and bounds', async () => {
  const { detail } = await desk([
    ...times(90, () => ({ at: 1 })),
    ...times(10, (index) => ({ ...audit, ...(index < 2 && { answer: '"list"' }) })),
  ])
  const { error } = await detail('folder')
  // 90 decisions that were all seen, and 100 of which 10 were: 2 of these wrong stand for 20.
  expect(error.all).toMatchObject({ n: 100, wrong: 2 })
  expect(error.all.share).toBeCloseTo(20 / 190)
  expect(error.alone).toMatchObject({ n: 10, wrong: 2, share: 0.2 })
  for (const { low, high, share = Number.NaN } of [error.all, error.alone, ...error.points]) {
    expect(low).toBeLessThanOrEqual(share)
    expect(high).toBeGreaterThanOrEqual(share)
  }
  expect(error.points.reduce((sum, { n }) => sum + n, 0)).toBe(100)
  expect(error.points[0]).toMatchObject({ from: '1970-01-01T00:00:00.001Z', share: 0 })
})

test('segments are told apart, and an alarm says when it rang and why', async () => {
  const bad = times(30, () => ({ ...audit, answer: '"list"', segment: 'de' }))
  const { detail, ask } = await desk([
    ...certified.map((one) => ({ ...one, segment: 'de' })),
    ...bad,
    ...times(3, () => ({ segment: 'fr' })),
  ])
  const one = await detail('folder')
  expect(one.standing).toBe('alarmed')
  expect(one.state?.alarms[0]).toMatchObject({ segment: 'de', epoch: 1, at: '2026-02-01T00:00:00.000Z' })
  expect(one.state?.alarms[0]?.why).toMatch(/^\d+ of \d+ random checks of what stood alone were wrong: .* at most 5 % are/)
  expect(one.segments.map(({ segment, n, wrong }) => [segment, n, wrong])).toEqual([
    ['de', 430, 30],
    ['fr', 3, 0],
  ])
  expect(one.segments[1]?.alone).toBe(0)
  expect(await ask('/api/decisions')).toMatchObject({ body: { items: [{ name: 'folder', standing: 'alarmed', alarms: 1 }, {}, {}] } })
})

test('load is there for every policy: from cases where people see some of everything, from journals where they do not', async () => {
  const { detail, rondo } = await desk(
    times(3, (index) => ({ decision: 'urgency', policy: 'always', ...(index === 0 && { answer: '"list"' }) })),
  )
  for (const id of ['r1', 'r2', 'r3']) await rondo.runs.start(sorting, { subject: 'a' }, { id })
  await rondo.idle()
  expect(await detail('urgency')).toMatchObject({
    policy: 'always',
    state: null,
    terms: null,
    standingAlone: 0,
    loadFrom: 'cases',
    error: { all: { n: 3, wrong: 1 } },
  })
  const one = await detail('unseen')
  expect(one).toMatchObject({ policy: 'never', cases: 0, standingAlone: 1, loadFrom: 'journals', lately: { decisions: 3, seen: 0 } })
  expect(one.load).toHaveLength(3)
  expect(one.error.all).toEqual({ n: 0, wrong: 0, low: 0, high: 1 })
})

test('what is shown keeps up with the cases, and known cases are read once', async () => {
  const { detail, rondo } = await desk(certified)
  const read: number[] = []
  const { list } = rondo.store.cases
  rondo.store.cases.list = async (filter) => {
    const page = await list.call(rondo.store.cases, filter)
    read.push(page.length)
    return page
  }
  const [one, other] = await Promise.all([detail('folder'), detail('folder')])
  expect(one).toEqual(other)
  await rondo.store.cases.add([given({ answer: '"list"' })])
  expect(await detail('folder')).toMatchObject({
    cases: 401,
    confusion: {
      labels: ['spam', 'list'],
      rows: [
        [400, 1],
        [0, 0],
      ],
    },
  })
  expect(read.filter((n) => n > 0).reduce((sum, n) => sum + n, 0)).toBe(401)
})

test('the cases of one cell are found by what was proposed and what was answered', async () => {
  const { ask } = await desk([
    given(),
    given({ answer: '"list"' }),
    given({ predicted: '"list"', answer: '"list"' }),
    given({ answer: '"list"' }),
  ])
  const seqs = async (query: string): Promise<number[]> => {
    const { body } = await ask(`/api/cases?decision=folder&${query}`)
    return z
      .object({ items: z.array(z.object({ seq: z.number() })) })
      .parse(body)
      .items.map(({ seq }) => seq)
  }
  const all = await seqs('')
  expect(await seqs('predicted=spam&answer=list')).toEqual([all[1], all[3]])
  expect(await seqs('predicted=list')).toEqual([all[2]])
  expect(await seqs('answer=list&order=newest&limit=2')).toEqual([all[3], all[2]])
  expect(await seqs('predicted=personal')).toEqual([])
})
