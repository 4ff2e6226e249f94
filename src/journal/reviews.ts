/**
 * How a review changes: the pure rules that every store applies inside its transactions.
 */
import { RondoError } from '../errors.ts'
import { type Answer, type Comment, type NewReview, type ReviewChange, type ReviewRecord, type RunRecord, reviewId } from './records.ts'

/** A review as it stands once its run (re)opened it: with what came early, or after an escalation with what it had. */
export function openedReview(
  run: Pick<RunRecord, 'id' | 'flow'>,
  opened: NewReview,
  before: ReviewRecord | undefined,
  now: number,
): ReviewRecord {
  const goesOn = before !== undefined && before.state !== 'taken' && before.state !== 'closed'
  const { dueAt, ...rest } = opened
  const early = before?.state === 'early' ? admitted(before.answers, opened, now) : undefined
  const review: ReviewRecord = {
    ...rest,
    id: reviewId(run.id, opened.path),
    run: run.id,
    flow: run.flow,
    state: 'open',
    openedAt: goesOn && before.state !== 'early' ? before.openedAt : now,
    answers: early?.answers ?? (goesOn ? before.answers : []),
    comments: [...(before?.comments ?? []), ...(early?.comments ?? [])],
    ...(dueAt !== undefined && { dueAt }),
  }
  return { ...review, state: isSettled(review) ? 'settled' : 'open' }
}

/**
 * Whether a review has the answers it needs: as many as its quorum and, for a decision, one value that was given more often
 * than any other. While the most frequent values tie, one more person is asked.
 */
export function isSettled({ kind, quorum, answers }: Pick<ReviewRecord, 'kind' | 'quorum' | 'answers'>): boolean {
  if (answers.length < quorum) return false
  if (kind !== 'decide') return true
  const counts = [...Map.groupBy(answers, (answer) => answer.value ?? '').values()].map((same) => same.length)
  const most = Math.max(...counts)
  return counts.filter((count) => count === most).length === 1
}

/** Early answers, once it is known who is asked and how many: of those with the role, the first. What is put aside is said. */
function admitted(answers: readonly Answer[], { role, quorum }: NewReview, now: number): { answers: Answer[]; comments: Comment[] } {
  const able = answers.filter(({ roles }) => roles === undefined || roles.includes(role) || roles.includes('*'))
  const kept = able.slice(0, Math.max(1, quorum))
  const aside = answers.filter((answer) => !kept.includes(answer))
  const why = (answer: Answer): string =>
    able.includes(answer) ? `${quorum === 1 ? 'another' : 'enough others'} had answered before` : `the question is for the role "${role}"`
  return {
    answers: kept,
    comments: aside.map((answer) => ({ by: 'rondo', at: now, text: `The early answer of ${answer.by} was put aside: ${why(answer)}.` })),
  }
}

/** A review after a change. A review that nobody opened yet comes into being by its first answer. */
export function applyReviewChange(id: string, before: ReviewRecord | undefined, change: ReviewChange, now: number): ReviewRecord {
  const review = before ?? earlyReview(id, change, now)
  const { dueAt, claimedBy, claimedUntil, ...rest } = review
  const due = change.dueAt === undefined ? dueAt : (change.dueAt ?? undefined)
  const claim = change.claim === undefined ? { by: claimedBy, until: claimedUntil } : (change.claim ?? { by: undefined, until: undefined })
  return {
    ...rest,
    state: change.state ?? (change.reopen === true ? 'open' : review.state),
    role: change.role ?? review.role,
    answers: [...(change.reopen === true ? [] : review.answers), ...(change.answer === undefined ? [] : [change.answer])],
    comments: [...review.comments, ...(change.comment === undefined ? [] : [change.comment])],
    ...(due !== undefined && { dueAt: due }),
    ...(claim.by !== undefined && { claimedBy: claim.by }),
    ...(claim.until !== undefined && { claimedUntil: claim.until }),
  }
}

function earlyReview(id: string, change: ReviewChange, now: number): ReviewRecord {
  const cut = id.indexOf(':')
  if (change.answer === undefined || cut < 1)
    throw new RondoError('review_unknown', `There is no review "${id}".`, { details: { review: id } })
  return {
    id,
    run: id.slice(0, cut),
    path: id.slice(cut + 1),
    flow: '',
    kind: 'review',
    state: 'early',
    role: '',
    title: '',
    question: 'null',
    openedAt: now,
    answers: [],
    comments: [],
    quorum: 1,
  }
}

/** The ways to read a review's id as a run and a path: both may hold a colon. */
export function placesOf(id: string): { run: string; path: string }[] {
  return [...id.matchAll(/:/g)].map(({ index }) => ({ run: id.slice(0, index), path: id.slice(index + 1) }))
}
