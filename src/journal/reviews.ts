/**
 * How a review changes: the pure rules that every store applies inside its transactions.
 */
import { RondoError } from '../errors.ts'
import { type NewReview, type ReviewChange, type ReviewRecord, type RunRecord, reviewId } from './records.ts'

/** A review as it stands once its run (re)opened it: with what came early, or after an escalation with what it had. */
export function openedReview(
  run: Pick<RunRecord, 'id' | 'flow'>,
  opened: NewReview,
  before: ReviewRecord | undefined,
  now: number,
): ReviewRecord {
  const goesOn = before !== undefined && before.state !== 'taken' && before.state !== 'closed'
  const { dueAt, ...rest } = opened
  const review: ReviewRecord = {
    ...rest,
    id: reviewId(run.id, opened.path),
    run: run.id,
    flow: run.flow,
    state: 'open',
    openedAt: goesOn && before.state !== 'early' ? before.openedAt : now,
    answers: goesOn ? before.answers : [],
    comments: before?.comments ?? [],
    ...(dueAt !== undefined && { dueAt }),
  }
  return { ...review, state: review.answers.length >= review.quorum ? 'settled' : 'open' }
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
