/**
 * The documents of the API: what runs, entries, questions and cases look like to a client.
 *
 * Owns: their schemas (which make the OpenAPI document and the client's types) and how they are made from records. Values are the
 * journal's JSON: what JSON lacks is tagged, `{"$rondo": "date", "value": …}`, and the same form is understood where values come in.
 */
import { z } from 'zod'
import type { CaseRecord, Entry, InboxItem, RunRecord } from '../index.ts'
import { decode, encode } from '../json.ts'
import { shownError } from './problem.ts'

const time = z.iso.datetime()
const STATUSES = ['queued', 'running', 'waiting', 'paused', 'stopped', 'completed', 'failed', 'cancelled'] as const
const KINDS = ['code', 'ask', 'decide', 'review', 'context', 'loop', 'map', 'all', 'race', 'sleep', 'signal', 'call', 'measure'] as const

export const runStatus = z.enum(STATUSES)

export const usage = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  /** Millionths of a dollar. */
  microUsd: z.number(),
  attentionMs: z.number(),
})

export const shownErrorDocument = z.object({
  name: z.string(),
  message: z.string(),
  code: z.string().optional(),
  path: z.string().optional(),
})

export const runDocument = z.object({
  id: z.string(),
  flow: z.string(),
  key: z.string().optional(),
  status: runStatus,
  input: z.unknown(),
  output: z.unknown().optional(),
  error: shownErrorDocument.optional(),
  reason: z.string().optional(),
  release: z.string().optional(),
  parent: z.object({ run: z.string(), path: z.string() }).optional(),
  createdAt: time,
  startedAt: time.optional(),
  endedAt: time.optional(),
  deadlineAt: time.optional(),
  wakeAt: time.optional(),
  usage,
})
export type RunDocument = z.output<typeof runDocument>

/** How a run came out, or how it stands. */
export const resultDocument = z.object({
  id: z.string(),
  flow: z.string(),
  status: runStatus,
  output: z.unknown().optional(),
  error: shownErrorDocument.optional(),
  reason: z.string().optional(),
})
export type ResultDocument = z.output<typeof resultDocument>

export const entryDocument = z.object({
  seq: z.number(),
  path: z.string(),
  scope: z.string(),
  name: z.string(),
  kind: z.enum(KINDS),
  state: z.enum(['opened', 'attempted', 'retrying', 'completed', 'failed', 'retracted']),
  at: time,
  startedAt: time,
  value: z.unknown().optional(),
  record: z.unknown().optional(),
  error: shownErrorDocument.optional(),
  attempt: z.number().optional(),
  dueAt: time.optional(),
  usage: usage.optional(),
  /** Of the prompt, predictor or context it was taken under. */
  version: z.string().optional(),
})
export type EntryDocument = z.output<typeof entryDocument>

const said = z.object({ by: z.string(), at: time, outcome: z.enum(['accepted', 'edited', 'rejected']), note: z.string().optional() })

export const itemDocument = z.object({
  id: z.string(),
  run: z.string(),
  path: z.string(),
  flow: z.string(),
  kind: z.enum(['review', 'decide', 'unknown', 'budget']),
  decision: z.string().optional(),
  title: z.string(),
  role: z.string(),
  content: z.object({
    decision: z.string().optional(),
    asks: z.string().optional(),
    /** Why people are asked. */
    why: z.string().optional(),
    /** Nobody sees what others answered before it is settled. */
    blind: z.boolean().optional(),
    subject: z.unknown(),
    proposal: z.object({ value: z.unknown(), confidence: z.number(), source: z.string() }).optional(),
    schema: z.unknown(),
    choices: z.array(z.unknown()).optional(),
    context: z.unknown().optional(),
  }),
  openedAt: time,
  dueAt: time.optional(),
  claimedBy: z.string().optional(),
  claimedUntil: time.optional(),
  answers: z.array(said),
  comments: z.array(z.object({ by: z.string(), at: time, text: z.string() })),
  quorum: z.number(),
  state: z.enum(['early', 'open', 'settled', 'taken', 'closed']),
})
export type ItemDocument = z.output<typeof itemDocument>

export const caseDocument = z.object({
  seq: z.number(),
  decision: z.string(),
  run: z.string().optional(),
  path: z.string().optional(),
  question: z.unknown(),
  answer: z.unknown(),
  predicted: z.unknown().optional(),
  confidence: z.number().optional(),
  probability: z.number(),
  origin: z.enum(['audit', 'escalation', 'correction', 'import']),
  by: z.string().optional(),
  at: time,
  version: z.string().optional(),
  segment: z.string().optional(),
  policy: z.string().optional(),
  epoch: z.number().optional(),
  /** What each person answered, in the order in which they did. `answer` is left out where it is the case's own. */
  answers: z.array(z.object({ by: z.string(), at: time, answer: z.unknown().optional(), attentionMs: z.number().optional() })).optional(),
  /** They answered without seeing the proposal, or each other's answers. */
  blind: z.boolean().optional(),
})
export type CaseDocument = z.output<typeof caseDocument>

export function listOf<Item extends z.ZodType>(item: Item): z.ZodObject<{ items: z.ZodArray<Item>; next: z.ZodOptional<z.ZodString> }> {
  return z.object({ items: z.array(item), next: z.string().optional() })
}

/** A list, with where it goes on when it was full. */
export function list<Item>(
  items: readonly Item[],
  limit: number,
  cursor: (last: Item) => string | number,
): { items: readonly Item[]; next?: string } {
  const last = items.at(-1)
  return items.length < limit || last === undefined ? { items } : { items, next: String(cursor(last)) }
}

export function runOf(run: RunRecord): RunDocument {
  const { id, flow, key, status, error, reason, release, parent, startedAt, endedAt, deadlineAt, wakeAt } = run
  return {
    id,
    flow,
    status,
    input: wire(run.input),
    createdAt: iso(run.createdAt),
    usage: run.usage,
    ...(key !== undefined && { key }),
    ...(run.output !== undefined && { output: wire(run.output) }),
    ...(error !== undefined && { error: shownError(error) }),
    ...(reason !== undefined && { reason }),
    ...(release !== undefined && { release }),
    ...(parent !== undefined && { parent }),
    ...(startedAt !== undefined && { startedAt: iso(startedAt) }),
    ...(endedAt !== undefined && { endedAt: iso(endedAt) }),
    ...(deadlineAt !== undefined && { deadlineAt: iso(deadlineAt) }),
    ...(wakeAt !== undefined && { wakeAt: iso(wakeAt) }),
  }
}

export function resultOf({ id, flow, status, output, error, reason }: RunRecord): ResultDocument {
  return {
    id,
    flow,
    status,
    ...(output !== undefined && { output: wire(output) }),
    ...(error !== undefined && { error: shownError(error) }),
    ...(reason !== undefined && { reason }),
  }
}

/** An entry; without value and record, unless they are asked for, it is small whatever the step made. */
export function entryOf(entry: Entry, full: boolean): EntryDocument {
  const { seq, scope, name, kind, state, value, record, error, attempt, dueAt } = entry
  return {
    seq,
    path: pathOf(entry),
    scope,
    name,
    kind,
    state,
    at: iso(entry.at),
    startedAt: iso(entry.startedAt),
    ...(full && value !== undefined && { value: wire(value) }),
    ...(full && record !== undefined && { record: wire(record) }),
    ...(error !== undefined && { error: shownError(error) }),
    ...(attempt !== undefined && { attempt }),
    ...(dueAt !== undefined && { dueAt: iso(dueAt) }),
    ...(entry.usage !== undefined && { usage: entry.usage }),
    ...(entry.version !== undefined && { version: entry.version }),
  }
}

export function itemOf(item: InboxItem): ItemDocument {
  const { openedAt, dueAt, claimedUntil, answers, comments, content, ...rest } = item
  return {
    ...rest,
    content: asWire(content) as ItemDocument['content'],
    openedAt: iso(openedAt),
    answers: answers.map((answer) => ({ ...answer, at: iso(answer.at) })),
    comments: comments.map((comment) => ({ ...comment, at: iso(comment.at) })),
    ...(dueAt !== undefined && { dueAt: iso(dueAt) }),
    ...(claimedUntil !== undefined && { claimedUntil: iso(claimedUntil) }),
  }
}

export function caseOf(one: CaseRecord): CaseDocument {
  const { predicted, answers, ...rest } = one
  return {
    ...rest,
    question: wire(one.question),
    answer: wire(one.answer),
    at: iso(one.at),
    ...(predicted !== undefined && { predicted: wire(predicted) }),
    ...(answers !== undefined && {
      answers: answers.map(({ answer, ...given }) => ({
        ...given,
        at: iso(given.at),
        ...(answer !== undefined && { answer: wire(answer) }),
      })),
    }),
  }
}

/** A path, from where a step stands. */
export function pathOf({ scope, name }: Pick<Entry, 'scope' | 'name'>): string {
  if (scope === '') return name
  return name.startsWith('[') ? `${scope}${name}` : `${scope}/${name}`
}

/** Journaled text as JSON, in which what JSON lacks stays tagged. */
export function wire(encoded: string): unknown {
  return JSON.parse(encoded)
}

/** A value as JSON, in which what JSON lacks is tagged. */
export function asWire(value: unknown): unknown {
  return JSON.parse(encode(value))
}

/** A value that came in: tags become what they stand for. */
export function fromWire(json: unknown): unknown {
  const text = JSON.stringify(json)
  return text?.includes('"$rondo"') === true ? decode(text) : json
}

export function iso(at: number): string {
  return new Date(at).toISOString()
}
