/**
 * The inbox as tools: what a person is asked, and answering as that person.
 *
 * Offered only where a person is known: the door's options name one, or whoever let the caller in did. Never: lets a caller say who they are.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { InboxItem, Person } from '../index.ts'
import { encode } from '../json.ts'
import type { Door } from './door.ts'
import { fromWire, type McpTool, result, tool, wire } from './tool.ts'

const id = z.string().describe('the id of a question')
const question = z.object({
  id: z.string(),
  run: z.string(),
  flow: z.string(),
  title: z.string(),
  role: z.string(),
  state: z.string(),
  openedAt: z.string(),
  dueAt: z.string().optional(),
})
const wholeQuestion = question.extend({
  asks: z.string().optional(),
  why: z.string().optional(),
  subject: z.unknown().optional().describe('what it is about'),
  proposal: z.unknown().optional().describe('what was proposed, how sure it is, and by whom'),
  choices: z.array(z.unknown()).optional(),
  schema: z.unknown().describe('JSON schema of an answer'),
  comments: z.array(z.object({ by: z.string(), text: z.string() })),
})

export function inboxTools(door: Door, person: Person): McpTool[] {
  return [inboxList(door, person), inboxShow(door), inboxAnswer(door, person)]
}

function inboxList(door: Door, person: Person): McpTool {
  return tool({
    name: 'rondo_inbox',
    title: 'What people are asked',
    description: `Lists the questions that ${person.name} may answer, most urgent first.`,
    scope: 'answer',
    input: z.object({ flow: z.string().optional(), run: z.string().optional(), limit: z.number().int().min(1).max(100).default(20) }),
    output: z.object({ questions: z.array(question) }),
    annotations: { readOnlyHint: true },
    async call({ flow, run, limit }) {
      const items = await door.rondo.inbox.list({
        person,
        limit,
        ...(flow !== undefined && { flow }),
        ...(run !== undefined && { run }),
      })
      return result({ questions: items.map(questionOf) })
    },
  })
}

function inboxShow(door: Door): McpTool {
  return tool({
    name: 'rondo_question',
    title: 'Look at a question',
    description: 'Shows one question in full: what it is about, what was proposed, and what an answer must look like.',
    scope: 'answer',
    input: z.object({ id }),
    output: wholeQuestion,
    annotations: { readOnlyHint: true },
    async call({ id: asked }) {
      const item = await door.rondo.inbox.get(asked)
      if (item === undefined)
        throw new RondoError('review_unknown', `There is no question "${asked}". See rondo_inbox for those there are.`, {
          details: { review: asked },
        })
      const { asks, why, subject, proposal, choices, schema } = item.content
      return result({
        ...questionOf(item),
        ...(asks !== undefined && { asks }),
        ...(why !== undefined && { why }),
        ...(subject !== undefined && { subject: wire(encode(subject)) }),
        ...(proposal !== undefined && { proposal: wire(encode(proposal)) }),
        ...(choices !== undefined && { choices: wire(encode(choices)) }),
        schema,
        comments: item.comments.map(({ by, text }) => ({ by, text })),
      })
    },
  })
}

function inboxAnswer(door: Door, person: Person): McpTool {
  return tool({
    name: 'rondo_answer',
    title: 'Answer a question',
    description: `Answers a question as ${person.name}, whose name stands beside the answer for good. Only with what that person has said: "accept" lets the subject or proposal stand, "answer" gives a value, "reject" says in a note what should be different.`,
    scope: 'answer',
    input: z.object({
      id,
      act: z.enum(['accept', 'answer', 'reject']),
      value: z.unknown().optional().describe('the answer, where act is "answer"'),
      note: z.string().optional(),
    }),
    output: question,
    annotations: { readOnlyHint: false, destructiveHint: true },
    act: (given) => ({ what: `inbox.${String(given['act'])}`, on: String(given['id']) }),
    async call({ id: asked, act, value, note }) {
      const { inbox } = door.rondo
      const options = note === undefined ? {} : { note }
      if (act === 'accept') return result(questionOf(await inbox.accept(asked, person, options)))
      if (act === 'reject') return result(questionOf(await inbox.reject(asked, person, note ?? '')))
      if (value === undefined) throw new RondoError('answer_refused', 'An answer needs a value. Give one, or accept what was proposed.')
      return result(questionOf(await inbox.answer(asked, person, fromWire(value), options)))
    },
  })
}

function questionOf({ id: asked, run, flow, title, role, state, openedAt, dueAt }: InboxItem): z.input<typeof question> {
  return {
    id: asked,
    run,
    flow,
    title,
    role,
    state,
    openedAt: new Date(openedAt).toISOString(),
    ...(dueAt !== undefined && { dueAt: new Date(dueAt).toISOString() }),
  }
}
