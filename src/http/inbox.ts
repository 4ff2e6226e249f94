/**
 * The inbox over HTTP: what people are asked, and their answers. The person is the caller, never what a body says.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { InboxFilter, InboxItem, Person } from '../index.ts'
import type { Principal } from './access.ts'
import { caseDocument, caseOf, fromWire, itemDocument, itemOf, list, listOf } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint, limitOf } from './endpoint.ts'
import { similarTo } from './similar.ts'

const whose = z.enum(['me', 'all']).default('me')
const filterQuery = {
  for: whose,
  role: z.string().optional(),
  flow: z.string().optional(),
  run: z.string().optional(),
  kind: z.enum(['review', 'decide', 'unknown', 'budget']).optional(),
}
const answerBody = z.object({
  value: z.unknown().optional(),
  note: z.string().max(20_000).optional(),
  role: z.string().optional(),
  text: z.string().max(20_000).optional(),
  attentionMs: z.number().min(0).optional(),
  openedAt: z.iso.datetime().optional(),
})
type AnswerBody = z.output<typeof answerBody>

export function inboxEndpoints(door: Door): Endpoint[] {
  return [...reading(door), ...answering(door)]
}

function reading(door: Door): Endpoint[] {
  const { inbox } = door.rondo
  return [
    endpoint({
      method: 'get',
      path: '/api/inbox',
      group: 'Inbox',
      summary: 'Questions, most urgent first: what I may answer now, or with ?for=all everything.',
      scope: 'read',
      query: z.object({
        ...filterQuery,
        decision: z.string().optional(),
        state: z.enum(['early', 'open', 'settled', 'taken', 'closed']).default('open'),
        limit: limitOf(50, 500),
        after: z.string().optional(),
      }),
      replies: { 200: listOf(itemDocument) },
      handle: async ({ query, principal }) => {
        const { decision, limit, state, after } = query
        const filter = { ...filterOf(query, principal), state, ...(after !== undefined && { after }) }
        const items = await inbox.list({ ...filter, limit })
        const { next } = list(items, limit, ({ id }) => id)
        const wanted = decision === undefined ? items : items.filter((item) => item.decision === decision)
        return { items: wanted.map(itemOf), ...(next !== undefined && { next }) }
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/inbox/count',
      group: 'Inbox',
      summary: 'How many questions stand open.',
      scope: 'read',
      query: z.object(filterQuery),
      replies: { 200: z.object({ open: z.number() }) },
      handle: async ({ query, principal }) => ({ open: await inbox.count(filterOf(query, principal)) }),
    }),
    endpoint({
      method: 'get',
      path: '/api/inbox/:id',
      group: 'Inbox',
      summary: 'A question, with all that people see of it.',
      scope: 'read',
      replies: { 200: itemDocument },
      handle: async ({ param }) => itemOf(await asked(door, param('id'))),
    }),
    endpoint({
      method: 'get',
      path: '/api/inbox/:id/similar',
      group: 'Inbox',
      summary: 'What people answered before in the same decision, the most similar questions first.',
      scope: 'read',
      query: z.object({ limit: limitOf(5, 50) }),
      replies: { 200: listOf(z.object({ case: caseDocument, similarity: z.number() })) },
      handle: async ({ param, query: { limit } }) => {
        const { decision, content, id } = await asked(door, param('id'))
        if (decision === undefined) return { items: [] }
        const found = await similarTo(door.rondo.store.cases, decision, content.subject, limit, id)
        return { items: found.map(({ one, similarity }) => ({ case: caseOf(one), similarity })) }
      },
    }),
  ]
}

/** What changes who may answer a question, and is no event of its run. */
const AROUND = new Set(['claim', 'release', 'reassign'])

function answering(door: Door): Endpoint[] {
  const { inbox } = door.rondo
  const act = (what: string, summary: string, does: (id: string, person: Person, body: AnswerBody) => Promise<InboxItem>): Endpoint =>
    endpoint({
      method: 'post',
      path: `/api/inbox/:id/${what}`,
      group: 'Inbox',
      summary,
      scope: 'answer',
      body: answerBody,
      replies: { 200: itemDocument },
      handle: async ({ param, body, principal }) => {
        const item = await does(param('id'), principal, body)
        if (AROUND.has(what)) door.tell('question', { id: item.id, ...(item.claimedBy !== undefined && { claimedBy: item.claimedBy }) })
        return itemOf(item)
      },
    })
  return [
    act('claim', 'Keeps others out for 15 minutes; renewed by claiming again.', (id, person) => inbox.claim(id, person)),
    act('release', 'Lets others at it again.', (id, person) => inbox.release(id, person)),
    act('accept', 'The subject, or the proposal, stands as it is.', (id, person, body) => inbox.accept(id, person, optionsOf(body))),
    act('answer', 'Gives the value. One that equals the subject or the proposal accepts it.', (id, person, body) =>
      inbox.answer(id, person, fromWire(body.value), optionsOf(body)),
    ),
    act('reject', 'The subject does not stand; the note says what should be different.', (id, person, body) =>
      inbox.reject(id, person, body.note ?? '', optionsOf(body)),
    ),
    act('reassign', 'Hands the question to the people of another role.', (id, person, body) =>
      inbox.reassign(id, person, body.role ?? '', body.note === undefined ? {} : { note: body.note }),
    ),
    act('comment', 'Says something beside the question.', (id, person, { text }) => {
      if (text === undefined || text.trim() === '') throw new RondoError('invalid_input', 'A comment needs a text.')
      return inbox.comment(id, person, text)
    }),
  ]
}

function optionsOf({ note, attentionMs, openedAt }: AnswerBody): { note?: string; attentionMs?: number; openedAt?: number } {
  return {
    ...(note !== undefined && { note }),
    ...(attentionMs !== undefined && { attentionMs }),
    ...(openedAt !== undefined && { openedAt: Date.parse(openedAt) }),
  }
}

interface FilterQuery {
  readonly for: 'me' | 'all'
  readonly role?: string | undefined
  readonly flow?: string | undefined
  readonly run?: string | undefined
  readonly kind?: InboxItem['kind'] | undefined
}

function filterOf({ for: who, role, flow, run, kind }: FilterQuery, principal: Principal): InboxFilter {
  return {
    ...(who === 'me' && { person: principal }),
    ...(role !== undefined && { role }),
    ...(flow !== undefined && { flow }),
    ...(run !== undefined && { run }),
    ...(kind !== undefined && { kind }),
  }
}

async function asked({ rondo: { inbox } }: Door, id: string): Promise<InboxItem> {
  const item = await inbox.get(id)
  if (item === undefined) throw new RondoError('review_unknown', `There is no question "${id}".`, { details: { review: id } })
  return item
}
