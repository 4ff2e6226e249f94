/**
 * The documents that `--json` prints: stable shapes, times as ISO text, money in integer micro-dollars, values as the journal's JSON.
 */
import type { InboxItem } from '../index.ts'
import type { Entry, ReviewRecord, RunRecord } from '../journal/records.ts'
import { encode } from '../json.ts'
import { pathOf, type TimelineStep } from './timeline.ts'
import { asJson } from './value.ts'

export function runDocument(run: RunRecord) {
  return {
    id: run.id,
    flow: run.flow,
    key: run.key,
    status: run.status,
    input: asJson(run.input),
    output: asJson(run.output),
    error: run.error,
    reason: run.reason,
    release: run.release,
    parent: run.parent,
    createdAt: time(run.createdAt),
    startedAt: time(run.startedAt),
    endedAt: time(run.endedAt),
    deadlineAt: time(run.deadlineAt),
    wakeAt: time(run.wakeAt),
    usage: run.usage,
  }
}

export interface StepDocument {
  readonly path: string
  readonly kind: string
  readonly state: string
  readonly startedAt: string | undefined
  readonly endedAt: string | undefined
  readonly ms: number | undefined
  readonly attempts: number | undefined
  readonly dueAt: string | undefined
  readonly usage: RunRecord['usage']
  readonly error: TimelineStep['error']
  readonly value: unknown
  readonly review: ReturnType<typeof reviewDocument> | undefined
  readonly steps: readonly StepDocument[]
}

export function stepDocument(step: TimelineStep): StepDocument {
  return {
    path: step.path,
    kind: step.kind,
    state: step.state,
    startedAt: time(step.startedAt),
    endedAt: time(step.endedAt),
    ms: step.endedAt === undefined ? undefined : step.endedAt - step.startedAt,
    attempts: step.attempts,
    dueAt: time(step.dueAt),
    usage: step.usage,
    error: step.error,
    value: asJson(step.value),
    review: step.review === undefined ? undefined : reviewDocument(step.review),
    steps: step.steps.map(stepDocument),
  }
}

export function entryDocument(entry: Entry) {
  return {
    seq: entry.seq,
    path: pathOf(entry),
    kind: entry.kind,
    state: entry.state,
    at: time(entry.at),
    startedAt: time(entry.startedAt),
    attempt: entry.attempt,
    dueAt: time(entry.dueAt),
    usage: entry.usage,
    error: entry.error,
    value: asJson(entry.value),
    record: asJson(entry.record),
  }
}

export function reviewDocument(review: ReviewRecord) {
  return {
    id: review.id,
    run: review.run,
    path: review.path,
    flow: review.flow,
    kind: review.kind,
    state: review.state,
    title: review.title,
    role: review.role,
    openedAt: time(review.openedAt),
    dueAt: time(review.dueAt),
    claimedBy: review.claimedBy,
    quorum: review.quorum,
    answers: review.answers.map((answer) => ({ ...answer, at: time(answer.at), value: asJson(answer.value) })),
    comments: review.comments.map((comment) => ({ ...comment, at: time(comment.at) })),
  }
}

/** A question of the inbox; what it shows is the journal's JSON. */
export function itemDocument(item: InboxItem) {
  return {
    ...item,
    content: asJson(encode(item.content)),
    openedAt: time(item.openedAt),
    dueAt: time(item.dueAt),
    claimedUntil: time(item.claimedUntil),
    answers: item.answers.map((answer) => ({ ...answer, at: time(answer.at) })),
    comments: item.comments.map((comment) => ({ ...comment, at: time(comment.at) })),
  }
}

export function time(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString()
}
