/**
 * A review as people's doors see it: decoded, and without what would sway the next person.
 *
 * Owns: that shape. The values that others gave are left out: who answers second should not see what the first one said. While a blind
 * question is open, so is everything else in which an answer could show.
 */
import type { QuestionContent } from '../flow/question-content.ts'
import type { Answer, Comment, ReviewKind, ReviewRecord, ReviewState } from '../journal/records.ts'
import { decode } from '../json.ts'

export interface InboxItem {
  /** `run:path`. */
  readonly id: string
  readonly run: string
  readonly path: string
  readonly flow: string
  readonly kind: ReviewKind
  /** The decision that asks, when one does. */
  readonly decision?: string
  readonly title: string
  readonly role: string
  readonly content: QuestionContent
  /** Milliseconds since the epoch, as all times here. */
  readonly openedAt: number
  readonly dueAt?: number
  /** Who works on it, while the claim lasts. */
  readonly claimedBy?: string
  readonly claimedUntil?: number
  readonly answers: readonly Pick<Answer, 'by' | 'at' | 'outcome' | 'note'>[]
  readonly comments: readonly Comment[]
  /** How many different people must answer. */
  readonly quorum: number
  readonly state: ReviewState
}

/** Of a question nobody has asked yet. */
const NOTHING_ASKED: QuestionContent = { subject: undefined, schema: {} }

export function itemOf(review: ReviewRecord, now: number): InboxItem {
  const { id, run, path, flow, kind, title, role, openedAt, dueAt, claimedBy, claimedUntil, quorum, state } = review
  const content = contentOf(review)
  const { answers, comments } = shownReview(review)
  const claimed = claimedBy !== undefined && claimedUntil !== undefined && claimedUntil > now
  return {
    id,
    run,
    path,
    flow,
    kind,
    title,
    role,
    content,
    openedAt,
    answers: answers.map(({ by, at, outcome, note }) => ({ by, at, outcome, ...(note !== undefined && { note }) })),
    comments,
    quorum,
    state,
    ...(content.decision !== undefined && { decision: content.decision }),
    ...(dueAt !== undefined && { dueAt }),
    ...(claimed && { claimedBy, claimedUntil }),
  }
}

/** What a review asks: the language and the layers above it put nothing else there. */
export function contentOf(review: ReviewRecord): QuestionContent {
  return (decode(review.question) as QuestionContent | null) ?? NOTHING_ASKED
}

/**
 * A review as anybody may see it: of a blind one that is open it says who has answered, and nothing of what. Doors that show reviews
 * themselves show this.
 */
export function shownReview(review: ReviewRecord): ReviewRecord {
  if (review.state !== 'open' || contentOf(review).blind !== true) return review
  return {
    ...review,
    answers: review.answers.map(({ by, at }) => ({ by, at, outcome: 'edited' })),
    comments: review.comments.filter(({ by }) => by === 'rondo'),
  }
}

/** Who holds the claim, when somebody other than this person does. */
export function heldByAnother(review: ReviewRecord, person: string, now: number): boolean {
  return review.claimedBy !== undefined && review.claimedBy !== person && (review.claimedUntil ?? 0) > now
}
