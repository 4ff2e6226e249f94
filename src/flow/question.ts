/**
 * Puts a question to people at a step's path, and waits for their answer through stages of escalation.
 *
 * Owns: opening, escalating, expiring and taking reviews. Never: what an answer means.
 * Invariants:
 *   Q1. Each stage is an `opened` entry whose `attempt` is the stage's number and whose `dueAt` is its end; one more than
 *       there are stages means that the question expired.
 *   Q2. An answer that came before the question was closed counts, however late the run notices: closing reads the review.
 *   Q3. The answered review stays `settled` until the entry that uses it is committed together with `taken`.
 */
import { RondoError } from '../errors.ts'
import { type Answer, type Entry, type NewEntry, type ReviewRecord, reviewId, type StepKind } from '../journal/records.ts'
import { decode, encode } from '../json.ts'
import { NO_USAGE, type Usage } from '../money.ts'
import type { Question, QuestionOutcome } from './definition.ts'
import type { Scope } from './scope.ts'
import { suspended } from './suspended.ts'

/** Where a question stands: the scope that its entries go into, and its name there. */
export interface Position {
  readonly scope: Scope
  readonly name: string
  readonly kind: StepKind
  readonly path: string
}

/** Asks, and resolves once it is answered or expired; the same again on every resume. `recorded`: the path's entries since it was last asked. */
export async function askPeople(at: Position, question: Question, recorded: readonly Entry[]): Promise<QuestionOutcome> {
  const { drive } = at.scope
  if (drive.host.counterfactual !== undefined) {
    drive.host.counterfactual.asked(at.path, question.title)
    return drive.waits.never(at.scope)
  }
  const id = reviewId(drive.run.id, at.path)
  const opened = recorded.filter((entry) => entry.state === 'opened' && entry.attempt !== undefined).at(-1)
  let stage = opened?.attempt ?? 0
  let dueAt = opened?.dueAt
  if (opened !== undefined && stage > question.stages.length) return { kind: 'expired', at: opened.at }
  if (opened !== undefined) at.scope.reviewOpened(at.path)
  if (drive.replaying && (await at.scope.endsInReplay())) return suspended()
  if (stage === 0) {
    stage = 1
    dueAt = await openStage(at, question, stage)
  }
  for (;;) {
    const waited = await drive.waits.review(at.scope, id, dueAt, drive.now())
    if (waited.kind === 'came') {
      const complaint = question.check?.(waited.arrival.answers)
      if (complaint === undefined) return { kind: 'answered', review: waited.arrival }
      await reopen(at, waited.arrival, complaint)
    } else if (stage < question.stages.length) {
      stage += 1
      dueAt = await openStage(at, question, stage)
    } else if (await closedUnanswered(at, id)) {
      const expired = await at.scope.commit(openedEntry(at, stage + 1, undefined), { endReviews: [{ path: at.path, state: 'closed' }] })
      return { kind: 'expired', at: expired.at }
    } else {
      // It was answered just before it was to be closed, which made the run due: the answer comes with the next look.
      dueAt = undefined
    }
  }
}

/** The value that came with an answer. */
export function answerValue(answer: Answer | undefined): unknown {
  return answer?.value === undefined ? undefined : decode(answer.value)
}

/** What people's answers to a question took of their time. */
export function attentionOf({ answers }: ReviewRecord): Usage {
  return { ...NO_USAGE, attentionMs: answers.reduce((total, answer) => total + (answer.attentionMs ?? 0), 0) }
}

async function openStage(at: Position, question: Question, stage: number): Promise<number | undefined> {
  const asked = question.stages[stage - 1]
  if (asked === undefined)
    throw new RondoError(
      'invalid_definition',
      `The question at "${at.path}" names nobody to ask. Give it at least one stage with a role.`,
      { terminal: true },
    )
  const dueAt = asked.withinMs === undefined ? undefined : at.scope.drive.now() + asked.withinMs
  const endsAt = asked.patient === true ? undefined : dueAt
  at.scope.reviewOpened(at.path)
  await at.scope.commit(openedEntry(at, stage, endsAt), {
    openReview: {
      path: at.path,
      kind: question.kind,
      role: asked.role,
      title: question.title,
      question: encode(question.content),
      quorum: question.quorum ?? 1,
      ...(dueAt !== undefined && { dueAt }),
    },
  })
  return endsAt
}

function openedEntry(at: Position, attempt: number, dueAt: number | undefined): NewEntry {
  return {
    scope: at.scope.path,
    name: at.name,
    kind: at.kind,
    state: 'opened',
    startedAt: at.scope.drive.now(),
    attempt,
    ...(dueAt !== undefined && { dueAt }),
  }
}

/** Puts the question again, with what was wrong with the answer; an answer that was given anew meanwhile stands. */
async function reopen(at: Position, refused: ReviewRecord, complaint: string): Promise<void> {
  const { drive } = at.scope
  const last = refused.answers.at(-1)
  await drive.journal.changeReview(refused.id, (current) =>
    current?.answers.at(-1)?.at === last?.at && current?.answers.length === refused.answers.length
      ? { reopen: true, comment: { by: 'rondo', at: drive.now(), text: complaint } }
      : {},
  )
  drive.waits.refuse(refused)
}

/** Closes the review unless it has been answered; says whether it did. */
async function closedUnanswered(at: Position, id: string): Promise<boolean> {
  const review = await at.scope.drive.journal.changeReview(id, (current) => (current?.state === 'open' ? { state: 'closed' } : {}))
  return review.state !== 'settled'
}
