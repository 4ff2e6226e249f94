import { expect, test } from 'vitest'
import { z } from 'zod'
import { earned, threshold } from '../../src/autonomy.ts'
import type { Authenticator, Principal } from '../../src/http.ts'
import { type DecisionOptions, decision, flow } from '../../src/index.ts'
import { approval, type Stage, stage } from './stage.ts'

const ABOUT = {
  title: 'Where does it belong?',
  question: z.object({ subject: z.string() }),
  answer: z.enum(['personal', 'list', 'spam']),
  predictor: {
    name: 'by subject',
    predict: async ({ subject }: { subject: string }) => ({
      answer: subject.includes('prize') ? 'spam' : 'personal',
      confidence: 0.6,
      source: 'stated',
      version: '1',
    }),
  },
  people: { role: 'desk', within: '4h' },
} satisfies Partial<DecisionOptions<{ subject: string }, 'personal' | 'list' | 'spam'>>
const folder = decision({ ...ABOUT, name: 'folder', autonomy: threshold(0.95) })
const sorting = flow({
  name: 'sorting',
  input: z.object({ subject: z.string() }),
  output: z.string(),
  run: async (run, input) => (await run.decide(folder, input)).value,
})

const PEOPLE: Readonly<Record<string, Principal>> = {
  'token-of-ann': { name: 'ann', roles: ['desk'], scopes: ['*'] },
  'token-of-bob': { name: 'bob', roles: ['desk'], scopes: ['*'] },
  'token-of-lea': { name: 'lea', roles: ['lead'], scopes: ['*'] },
  'token-of-eve': { name: 'eve', roles: [], scopes: ['read'] },
}
const authenticator: Authenticator = {
  authenticate: (request) => PEOPLE[(request.headers.get('authorization') ?? '').replace('Bearer ', '')],
}

const desk = (): Promise<Stage> => stage({ flows: [sorting, approval], decisions: [folder] }, { authenticator })
const at = (id: string, what: string): string => `/api/inbox/${encodeURIComponent(id)}${what}`

test('people see what they may answer, answer it as themselves, and once', async () => {
  const { ask, rondo } = await desk()
  await rondo.runs.start(sorting, { subject: 'You won a prize' }, { id: 'r1' })
  await rondo.idle()
  const [ann, bob, lea, eve] = Object.keys(PEOPLE)
  expect(ann && bob && lea && eve).toBeTruthy()
  const inbox = (token: string | undefined, query = ''): ReturnType<typeof ask> => ask(`/api/inbox${query}`, { token: token ?? '' })
  const item = {
    id: 'r1:folder',
    title: 'Where does it belong?',
    role: 'desk',
    content: { subject: { subject: 'You won a prize' }, proposal: { value: 'spam' }, choices: ['personal', 'list', 'spam'] },
  }
  expect(await inbox(ann)).toMatchObject({ status: 200, body: { items: [item] } })
  expect((await inbox(lea)).body).toEqual({ items: [] })
  expect(await inbox(eve, '?for=all')).toMatchObject({ body: { items: [{ id: 'r1:folder' }] } })
  expect(await ask('/api/inbox/count', { token: bob ?? '' })).toMatchObject({ body: { open: 1 } })
  const act = (token: string | undefined, what: string, json: object = {}): ReturnType<typeof ask> =>
    ask(at('r1:folder', `/${what}`), { token: token ?? '', json })
  expect(await act(eve, 'accept')).toMatchObject({ status: 403, body: { error: { code: 'scope_missing' } } })
  expect(await act(lea, 'accept')).toMatchObject({ status: 403, body: { error: { code: 'role_missing' } } })
  expect(await act(ann, 'claim')).toMatchObject({ status: 200, body: { claimedBy: 'ann' } })
  expect((await inbox(bob)).body).toEqual({ items: [] })
  expect(await act(bob, 'accept')).toMatchObject({ status: 409, body: { error: { code: 'review_claimed', details: { by: 'ann' } } } })
  expect(await act(ann, 'answer', { value: 'ham' })).toMatchObject({ status: 422, body: { error: { code: 'answer_refused' } } })
  expect(await act(ann, 'answer', { value: 'list', openedAt: '2020-01-01T00:00:00.000Z' })).toMatchObject({
    status: 409,
    body: { error: { code: 'review_closed' } },
  })
  expect(await act(ann, 'answer', { value: 'list', by: 'bob', person: { name: 'bob' }, attentionMs: 1200 })).toMatchObject({ status: 200 })
  expect(await act(bob, 'accept')).toMatchObject({ status: 409, body: { error: { code: 'review_taken', details: { by: 'ann' } } } })
  expect(await rondo.runs.result('r1')).toBe('list')
  expect(await ask('/api/cases?decision=folder', { token: ann ?? '' })).toMatchObject({
    body: {
      items: [{ question: { subject: 'You won a prize' }, answer: 'list', predicted: 'spam', by: 'ann', run: 'r1', path: 'folder' }],
    },
  })
  expect(await ask(at('r9:none', ''), { token: ann ?? '' })).toMatchObject({ status: 404 })
})

test('a review is rejected with a note, reassigned, commented on and released', async () => {
  const { ask, rondo } = await desk()
  await rondo.runs.start(approval, { text: 'Dear aunt' }, { id: 'r1' })
  await rondo.idle()
  const act = (token: string, what: string, json: object): ReturnType<typeof ask> => ask(at('r1:approve', `/${what}`), { token, json })
  expect(await act('token-of-ann', 'reject', {})).toMatchObject({ status: 422 })
  expect(await act('token-of-ann', 'comment', { text: ' ' })).toMatchObject({ status: 400 })
  expect(await act('token-of-ann', 'comment', { text: 'who is this?' })).toMatchObject({
    body: { comments: [{ by: 'ann', text: 'who is this?' }] },
  })
  await act('token-of-ann', 'claim', {})
  const released = await act('token-of-ann', 'release', {})
  expect(released.body).not.toHaveProperty('claimedBy')
  expect(await act('token-of-ann', 'reassign', { role: 'lead', note: 'above me' })).toMatchObject({ body: { role: 'lead' } })
  expect(await act('token-of-lea', 'reject', { note: 'warmer' })).toMatchObject({
    status: 200,
    body: { answers: [{ by: 'lea', outcome: 'rejected', note: 'warmer' }] },
  })
  expect(await rondo.runs.result('r1')).toEqual({ outcome: 'rejected' })
  expect(await ask('/api/runs/r1/reviews', { token: 'token-of-ann' })).toMatchObject({
    body: { items: [{ id: 'r1:approve', state: 'taken' }] },
  })
})

test('an inbox is paged, and a question shows what was answered before in questions like it', async () => {
  const { ask, rondo } = await desk()
  const token = 'token-of-ann'
  const subjects = ['Lunch on Friday with the team', 'Minutes of the sailing club', 'Lunch on Monday']
  for (const [index, subject] of subjects.entries()) {
    await rondo.runs.start(sorting, { subject }, { id: `past${index}` })
    await rondo.idle()
    await rondo.inbox.answer(`past${index}:folder`, { name: 'ann', roles: ['desk'] }, index === 1 ? 'list' : 'personal')
  }
  await rondo.idle()
  await rondo.runs.start(sorting, { subject: 'Lunch on Tuesday?' }, { id: 'now' })
  await rondo.runs.start(sorting, { subject: 'Another' }, { id: 'other' })
  await rondo.idle()
  const similar = z.object({
    items: z.array(z.object({ similarity: z.number(), case: z.looseObject({ run: z.string(), answer: z.unknown() }) })),
  })
  const { items } = similar.parse((await ask(at('now:folder', '/similar'), { token })).body)
  expect(items.map((one) => [one.case.run, one.case.answer])).toEqual(
    [['past2', 'personal'], ['past0', 'personal'], expect.anything()].slice(0, items.length),
  )
  expect(items[0]?.similarity).toBeGreaterThan(items[1]?.similarity ?? 1)
  const page = z.object({ items: z.array(z.looseObject({ id: z.string() })), next: z.string().optional() })
  const first = page.parse((await ask('/api/inbox?limit=1', { token })).body)
  const second = page.parse((await ask(`/api/inbox?limit=1&after=${encodeURIComponent(first.next ?? '')}`, { token })).body)
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['now:folder', 'other:folder'])
})

test('decisions say how far they stand alone, and where proposals and answers differ', async () => {
  const sure = decision({ ...ABOUT, name: 'sure', autonomy: earned({ maxError: 0.05, burnIn: 20 }) })
  const { ask, rondo } = await stage({ flows: [sorting], decisions: [folder, sure] })
  for (const [index, [subject, answer]] of (
    [
      ['prize', 'spam'],
      ['prize', 'list'],
      ['lunch', 'personal'],
    ] as const
  ).entries()) {
    await rondo.runs.start(sorting, { subject }, { id: `r${index}` })
    await rondo.idle()
    await rondo.inbox.answer(`r${index}:folder`, { name: 'ann', roles: ['desk'] }, answer)
    await rondo.idle()
  }
  expect(await ask('/api/decisions')).toMatchObject({
    body: {
      items: [
        { name: 'folder', title: 'Where does it belong?', policy: 'threshold', predictor: 'by subject', role: 'desk', cases: 3 },
        { name: 'sure', cases: 0 },
      ],
    },
  })
  expect(await ask('/api/decisions/folder')).toMatchObject({
    body: {
      state: null,
      confusion: {
        labels: ['spam', 'personal', 'list'],
        rows: [
          [1, 0, 1],
          [0, 1, 0],
          [0, 0, 0],
        ],
      },
    },
  })
  expect(await ask('/api/decisions/sure')).toMatchObject({
    body: { policy: expect.stringContaining('earned('), promise: expect.stringContaining('at most 5 %'), state: { segments: [] } },
  })
  expect(await ask('/api/decisions/none')).toMatchObject({ status: 404 })
})

test('cases come in as a file, all of it or nothing, and go out as one', async () => {
  const { ask } = await stage({ flows: [sorting], decisions: [folder] })
  const csv = 'subject,answer\nLunch,personal\nWin big,spam\n'
  const send = (body: string, type = 'text/csv', decision = 'folder'): ReturnType<typeof ask> =>
    ask(`/api/cases?decision=${decision}`, { method: 'POST', body, headers: { 'content-type': type } })
  expect(await send('subject,answer\nLunch,personal\nWin,ham\n')).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('row 3') } },
  })
  expect(await ask('/api/cases?decision=folder')).toMatchObject({ body: { items: [] } })
  expect(await send(csv)).toMatchObject({ status: 200, body: { imported: 2, known: 0 } })
  expect(await send(csv)).toMatchObject({ status: 200, body: { imported: 0, known: 2 } })
  expect(await send(csv, 'application/json')).toMatchObject({ status: 415 })
  expect(await send(csv, 'text/csv', 'none')).toMatchObject({ status: 404 })
  const exported = await ask('/api/cases/export?decision=folder&format=csv')
  expect(exported.headers.get('content-disposition')).toContain('folder.csv')
  expect(String(exported.body).split(/\r?\n/)[1]).toMatch(/^Lunch,personal,/)
})
